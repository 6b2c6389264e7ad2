import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';

/** How long what was left of a removed document is kept: for so long its versions grow whatever the clocks say. */
export const TOMBSTONE_KEPT_MS = 60 * 60_000;

const BATCH = 500;

/**
 * Forgets documents that were removed before then, unless events of them are kept. Several copies may do it at once.
 * Returns how many.
 */
export async function pruneTombstones(
  connection: MongoConnection,
  { collections, removedBefore }: { collections: readonly string[]; removedBefore: Date },
): Promise<number> {
  let count = 0;
  for (const name of collections) {
    const collection = connection.collection(name, true);
    const isForgettable = {
      removedAt: { $lt: removedBefore },
      events: { $exists: false },
      sentEvents: { $exists: false },
    };
    for (let isMore = true; isMore; ) {
      const found = await collection
        .find(isForgettable, { projection: { _id: 1 }, limit: BATCH, maxTimeMS: OPERATION_TIMEOUT_MS })
        .toArray();
      const ids = found.map(({ _id }) => _id);
      if (ids.length > 0) {
        const { deletedCount } = await collection.deleteMany({ _id: { $in: ids }, ...isForgettable });
        count += deletedCount;
      }
      isMore = ids.length === BATCH;
    }
  }
  return count;
}
