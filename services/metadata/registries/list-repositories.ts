import type { Facts } from '../facts.ts';
import { inCatalogOrder, isPassed } from './catalog-order.ts';
import { type Visibility, visibleRegistries } from './visible-registries.ts';

export interface CatalogQuery extends Visibility {
  readonly last?: string | undefined;
  readonly limit: number;
}

/**
 * Repository names in byte order after `last`: registry by registry until the page is full, so that a page costs what it
 * brings, and what belongs to no registry, or to one that is being deleted, is not seen.
 */
export async function listRepositories(
  facts: Facts,
  query: CatalogQuery,
): Promise<{ names: string[]; hasMore: boolean }> {
  const { last = '', limit } = query;
  const names: string[] = [];
  for await (const registry of inCatalogOrder(visibleRegistries(facts, query, last))) {
    if (isPassed(registry.name, last)) continue;
    const prefix = `${registry.name}/`;
    const page = await facts.images.page({
      index: 'byRegistry',
      equals: { registryId: registry.id },
      ...(last.startsWith(prefix) ? { range: { gt: last.slice(prefix.length) } } : {}),
      limit: limit - names.length + 1,
    });
    names.push(...page.items.map(({ repositoryName }) => repositoryName));
    if (names.length > limit) return { names: names.slice(0, limit), hasMore: true };
  }
  return { names, hasMore: false };
}
