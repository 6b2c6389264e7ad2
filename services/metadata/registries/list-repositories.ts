import type { Facts } from '../facts.ts';

export interface CatalogQuery {
  readonly all: boolean;
  readonly registryIds: readonly string[];
  readonly last?: string | undefined;
  readonly limit: number;
}

const BATCH = 500;

/**
 * Repository names in byte order after `last`. Whoever sees all gets them from one index; others from one range per
 * registry they may see: `<name>/` is the order in which those ranges follow each other.
 */
export async function listRepositories(
  facts: Facts,
  query: CatalogQuery,
): Promise<{ names: string[]; hasMore: boolean }> {
  if (query.all) return await pageOfAll(facts, query);
  const names: string[] = [];
  for (const registry of await visibleRegistries(facts, query)) {
    const { last } = query;
    if (last !== undefined && `${registry.name}0` <= last) continue; // "0" follows "/": the whole range is before `last`
    const page = await facts.images.page({
      index: 'byRegistry',
      equals: { registryId: registry.id },
      ...(last?.startsWith(`${registry.name}/`)
        ? { range: { gt: last.slice(registry.name.length + 1) } }
        : {}),
      limit: query.limit - names.length + 1,
    });
    names.push(...page.items.map(({ repositoryName }) => repositoryName));
    if (names.length > query.limit) return { names: names.slice(0, query.limit), hasMore: true };
  }
  return { names, hasMore: false };
}

async function pageOfAll(facts: Facts, query: CatalogQuery): Promise<{ names: string[]; hasMore: boolean }> {
  const page = await facts.images.page({
    index: 'byRepositoryName',
    ...(query.last === undefined ? {} : { range: { gt: query.last } }),
    limit: query.limit,
  });
  return { names: page.items.map(({ repositoryName }) => repositoryName), hasMore: page.next !== null };
}

async function visibleRegistries(facts: Facts, query: CatalogQuery): Promise<{ id: string; name: string }[]> {
  const visible = new Map<string, string>();
  for (const registry of await facts.registries.getMany(query.registryIds)) {
    if (registry?.state === 'active') visible.set(registry.id, registry.name);
  }
  let after: string | undefined;
  do {
    const page = await facts.registries.page({
      index: 'byVisibility',
      equals: { visibility: 'public' },
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id, name, state } of page.items) if (state === 'active') visible.set(id, name);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return [...visible]
    .map(([id, name]) => ({ id, name }))
    .sort((a, b) => (`${a.name}/` < `${b.name}/` ? -1 : 1));
}
