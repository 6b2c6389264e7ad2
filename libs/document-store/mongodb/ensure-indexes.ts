import { isDeepStrictEqual } from 'node:util';
import { type IndexDescriptionInfo, type Collection as MongoCollection, MongoServerError } from 'mongodb';
import { StoreError } from '../store-error.ts';
import type { CollectionLayout } from './collection-layout.ts';
import type { MongoConnection } from './connection.ts';
import type { StoredDocument } from './stored-document.ts';

/** Building an index on a large collection takes its time; an earlier end would end the building. */
const BUILD_TIMEOUT_MS = 30 * 60_000;

const NAMESPACE_NOT_FOUND = 26;

export interface EnsureOptions {
  readonly connection: MongoConnection;
  readonly warn: (message: string, fields: object) => void;
}

/**
 * Makes the collection and the indexes that are missing, and looks whether they are what was asked for. Those that are
 * declared no more stay, since a copy of another release may need them: they are told in the log. StoreError
 * UNAVAILABLE when an index cannot be made, as a unique one that does not hold for what is stored.
 */
export async function ensureIndexes(
  layout: CollectionLayout,
  { connection, warn }: EnsureOptions,
): Promise<void> {
  const collection = connection.collection(layout.name);
  const place = `${connection.place} ${layout.name}`;
  let present = await presentIndexes(collection);
  const missing = layout.indexes.filter(({ name }) => !present.has(name));
  if (missing.length > 0) {
    // The driver hands the time-out of the socket on from the options of any command, which its types do not tell.
    const options: object = { socketTimeoutMS: BUILD_TIMEOUT_MS };
    await collection.createIndexes(missing, options);
    present = await presentIndexes(collection);
  }
  for (const { name, key, unique = false, sparse = false } of layout.indexes) {
    const found = present.get(name);
    const isRight =
      isDeepStrictEqual({ ...found?.key }, { ...key }) &&
      (found?.unique ?? false) === unique &&
      (found?.sparse ?? false) === sparse &&
      found?.partialFilterExpression === undefined &&
      found?.collation === undefined;
    if (!isRight) {
      throw new StoreError('UNAVAILABLE', `The index "${name}" of ${place} is not as it was asked for`, {
        detail: { found: found ?? null },
      });
    }
  }
  const known = new Set(['_id_', ...layout.indexes.map(({ name }) => name)]);
  const others = [...present.keys()].filter((name) => !known.has(name));
  if (others.length > 0) {
    warn('indexes are declared no more: drop them when no older copy runs', { place, indexes: others });
  }
}

/** By their names. A collection that is not there yet has none. */
async function presentIndexes(
  collection: MongoCollection<StoredDocument>,
): Promise<Map<string, IndexDescriptionInfo>> {
  try {
    const indexes = await collection.listIndexes().toArray();
    return new Map(indexes.map((index: IndexDescriptionInfo) => [String(index.name), index]));
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return new Map();
    throw error;
  }
}
