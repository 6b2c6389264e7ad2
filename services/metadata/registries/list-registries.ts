import type { Page, PageQuery } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import type { RegistryDocument } from './find-registry.ts';

export interface RegistryQuery {
  readonly limit: number;
  readonly after?: string;
  readonly q?: string;
  readonly name?: string;
  /** What the caller may see besides the public ones. */
  readonly visible: { readonly all: boolean; readonly registryIds: readonly string[] };
}

const PAGES_AT_MOST = 10;

/** Registries in the order of their names, as far as the caller may see them; a page may be short and have a next. */
export async function listRegistries(facts: Facts, query: RegistryQuery): Promise<Page<RegistryDocument>> {
  const visibleIds = new Set(query.visible.registryIds);
  const items: RegistryDocument[] = [];
  let next: string | null = query.after ?? null;
  for (let pages = 0; pages < PAGES_AT_MOST; pages++) {
    const page: Page<RegistryDocument> = await facts.registries.page(
      pageQuery(query, query.limit - items.length, next),
    );
    items.push(
      ...page.items.filter(
        ({ id, visibility }) => query.visible.all || visibility === 'public' || visibleIds.has(id),
      ),
    );
    next = page.next;
    if (next === null || items.length === query.limit) break;
  }
  return { items, next };
}

function pageQuery({ name, q }: RegistryQuery, limit: number, after: string | null): PageQuery {
  return {
    index: 'byName',
    ...(name === undefined ? {} : { equals: { name } }),
    ...(q === undefined ? {} : { contains: { field: 'name', text: q } }),
    ...(after === null ? {} : { after }),
    limit,
  };
}
