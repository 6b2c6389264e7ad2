import type { Page } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { overtakenNames } from './catalog-order.ts';
import { type RegistryDocument, readRegistry } from './find-registry.ts';

/** Which registries a caller may see: every one, or the public ones and those with these ids. */
export interface Visibility {
  readonly all: boolean;
  readonly registryIds: readonly string[];
}

const BATCH = 100;

/**
 * The active registries that the caller may see, in the order of their names, from where the catalog goes on after `last`. Read
 * page by page, so that whoever stops early has not read the rest.
 */
export async function* visibleRegistries(
  facts: Facts,
  visibility: Visibility,
  last: string,
): AsyncGenerator<RegistryDocument> {
  const from = last.split('/', 1)[0] ?? '';
  const own = visibility.all ? [] : await ownRegistries(facts, visibility.registryIds);
  const ownIds = new Set(own.map(({ id }) => id));
  for (const name of overtakenNames(last)) {
    const registry = await readRegistry(facts, name);
    const isSeen = visibility.all || registry?.visibility === 'public' || ownIds.has(registry?.id ?? '');
    if (registry?.state === 'active' && isSeen) yield registry;
  }
  const waiting = own.filter(({ name, visibility: seenBy }) => seenBy !== 'public' && name >= from);
  for await (const registry of listedRegistries(facts, visibility.all, from)) {
    while (waiting[0] && waiting[0].name < registry.name) yield waiting.shift() as RegistryDocument;
    if (registry.state === 'active') yield registry;
  }
  yield* waiting;
}

async function ownRegistries(facts: Facts, ids: readonly string[]): Promise<RegistryDocument[]> {
  const found = await facts.registries.getMany(ids);
  return found
    .flatMap((registry) => (registry?.state === 'active' ? [registry] : []))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All registries, or the public ones, in the order of their names. */
async function* listedRegistries(facts: Facts, all: boolean, from: string): AsyncGenerator<RegistryDocument> {
  let after: string | null = null;
  do {
    const page: Page<RegistryDocument> = await facts.registries.page({
      ...(all ? { index: 'byName' } : { index: 'byVisibility', equals: { visibility: 'public' } }),
      range: { gte: from },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    yield* page.items;
    after = page.next;
  } while (after !== null);
}
