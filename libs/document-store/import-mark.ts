import { Type } from '@sinclair/typebox';
import type { Collection, CollectionDefinition, DocumentStore } from './port.ts';
import { isStoreError } from './store-error.ts';

interface Import {
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

const IMPORTS: CollectionDefinition<Import> = {
  name: 'imports',
  schema: Type.Object({ startedAt: Type.String() }, { additionalProperties: false }),
};

const UNDER_WAY = 'underWay';

/** What to do about a database that holds a part of an import. */
export const HALF_IMPORTED = 'empty the databases of all services, and run "berth import" again';

/** Marks a database as holding a part of what is imported: no service starts on it until `endImport`. */
export async function beginImport(store: DocumentStore, now: Date): Promise<void> {
  await store.collection(IMPORTS).insert(UNDER_WAY, { startedAt: now.toISOString() });
}

/** All is imported. */
export async function endImport(store: DocumentStore): Promise<void> {
  const imports = store.collection(IMPORTS);
  const mark = await imports.get(UNDER_WAY);
  if (mark !== null) await imports.remove(mark);
}

/** When an import began that did not end; null: there is none. */
export async function findUnfinishedImport(store: {
  collection<Body extends object>(definition: CollectionDefinition<Body>): Pick<Collection<Body>, 'get'>;
}): Promise<string | null> {
  try {
    return (await store.collection(IMPORTS).get(UNDER_WAY))?.startedAt ?? null;
  } catch (error) {
    // A SQLite file that is only read, and that no release with this collection has opened yet.
    if (isStoreError(error, 'UNAVAILABLE') && error.message.includes('no such table')) return null;
    throw error;
  }
}
