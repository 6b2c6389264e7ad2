import type { RpcCaller } from '@berth/bus';
import { listRepositories } from '@berth/contracts';

/** As many registries as one call may name. */
const IDS_AT_MOST = 10_000;

export interface CatalogPageQuery {
  readonly all: boolean;
  readonly registryIds: readonly string[];
  readonly limit: number;
  readonly last?: string;
}

/** One page of `_catalog`. Whoever has roles in more registries than one call may name gets the pages of several, merged. */
export async function catalogPage(
  bus: RpcCaller,
  query: CatalogPageQuery,
  context: Parameters<RpcCaller['call']>[2],
): Promise<{ names: string[]; hasMore: boolean }> {
  const { registryIds, limit } = query;
  const names = new Set<string>();
  let hasMore = false;
  for (let start = 0; start === 0 || start < registryIds.length; start += IDS_AT_MOST) {
    const some = registryIds.slice(start, start + IDS_AT_MOST);
    const page = await bus.call(listRepositories, { ...query, registryIds: some }, context);
    for (const name of page.names) names.add(name);
    hasMore ||= page.hasMore;
  }
  const sorted = [...names].sort();
  return { names: sorted.slice(0, limit), hasMore: hasMore || sorted.length > limit };
}
