import type { Page } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import type { RegistryDocument } from './find-registry.ts';
import { cursorAfter, nameOfCursor } from './name-cursor.ts';

export interface RegistryQuery {
  readonly limit: number;
  readonly after?: string;
  readonly q?: string;
  readonly name?: string;
  readonly isDescending: boolean;
  /** What the caller may see besides the public ones. */
  readonly visible: { readonly all: boolean; readonly registryIds: readonly string[] };
}

/** How many registries a search looks at for one page, at most about. */
const SCANNED_AT_MOST = 1_000;
const SEARCH_BATCH = 500;
/** Up to so many registries of their own are sorted in between the public ones; who has more finds them by looking at all. */
const MERGED_AT_MOST = 500;

/** Registries beyond a name, in order, as many as asked for; fewer are the last. */
type Source = (beyond: string | undefined, limit: number) => Promise<readonly RegistryDocument[]>;

/** Registries in the order of their names, as far as the caller may see them; a page may be short and have a next. */
export async function listRegistries(facts: Facts, query: RegistryQuery): Promise<Page<RegistryDocument>> {
  const { limit, visible } = query;
  const isMerged = !visible.all && visible.registryIds.length <= MERGED_AT_MOST;
  const read = isMerged ? await publicAndOwn(facts, query) : all(facts, query);
  const isWanted = filterOf(query);
  const batchSize = query.q === undefined && (isMerged || visible.all) ? limit : SEARCH_BATCH;
  const items: RegistryDocument[] = [];
  let position = query.after === undefined ? undefined : nameOfCursor(query.after);
  for (let looked = 0; looked < SCANNED_AT_MOST; looked += batchSize) {
    const batch = await read(position, batchSize + 1);
    for (const [index, registry] of batch.slice(0, batchSize).entries()) {
      position = registry.name;
      if (isWanted(registry)) items.push(registry);
      if (items.length === limit)
        return { items, next: index + 1 < batch.length ? cursorAfter(position) : null };
    }
    if (batch.length <= batchSize) return { items, next: null };
  }
  return { items, next: position === undefined ? null : cursorAfter(position) };
}

function filterOf({ q = '', visible }: RegistryQuery): (registry: RegistryDocument) => boolean {
  const ids = new Set(visible.registryIds);
  return ({ id, name, visibility }) =>
    name.includes(q) && (visible.all || visibility === 'public' || ids.has(id));
}

function all(facts: Facts, { name, isDescending }: RegistryQuery): Source {
  return async (beyond, limit) => {
    if (name !== undefined && beyond !== undefined) return [];
    const { items } = await facts.registries.page({
      index: 'byName',
      ...(name === undefined ? {} : { equals: { name } }),
      ...rangeBeyond(beyond, isDescending),
      descending: isDescending,
      limit,
    });
    return items;
  };
}

/** Public ones by their index, and between them the few that the caller holds a role in. */
async function publicAndOwn(facts: Facts, { name, isDescending, visible }: RegistryQuery): Promise<Source> {
  const known = await facts.registries.getMany(visible.registryIds);
  const own = known.filter((registry) => registry !== null && (name === undefined || registry.name === name));
  const sign = isDescending ? -1 : 1;
  const order = (a: string, b: string) => (a < b ? -sign : a > b ? sign : 0);
  return async (beyond, limit) => {
    if (name !== undefined && beyond !== undefined) return [];
    const { items } = await facts.registries.page({
      index: 'byVisibility',
      equals: { visibility: 'public', ...(name === undefined ? {} : { name }) },
      ...rangeBeyond(beyond, isDescending),
      descending: isDescending,
      limit,
    });
    const merged = new Map(items.map((registry) => [registry.id, registry]));
    for (const registry of own)
      if (registry && (beyond === undefined || order(registry.name, beyond) > 0))
        merged.set(registry.id, registry);
    return [...merged.values()].sort((a, b) => order(a.name, b.name)).slice(0, limit);
  };
}

function rangeBeyond(name: string | undefined, isDescending: boolean) {
  if (name === undefined) return {};
  return { range: isDescending ? { lt: name } : { gt: name } };
}
