import type { AnyBulkWriteOperation, Collection as MongoCollection } from 'mongodb';
import { MongoBulkWriteError } from 'mongodb';
import { StoreError } from '../store-error.ts';
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';
import { firstRefused, isDuplicateKey } from './mongo-failure.ts';
import type { StoredDocument } from './stored-document.ts';
import { incrementUpdate, recountUpdate } from './stored-update.ts';
import type { PreparedIncrement } from './write-preparation.ts';

const TRIES = 20;

/**
 * Executes increments of one collection in one or two round trips, acknowledged by the primary. Never done again when
 * the answer was lost: that would count twice.
 */
export async function incrementAll(
  connection: MongoConnection,
  rows: readonly PreparedIncrement[],
): Promise<void> {
  const collection = connection.collection(rows[0]?.layout.name ?? '', true);
  const { made, refused } = await countUp(collection, rows);
  await giveVersions(collection, made);
  for (const row of refused) await incrementOne(collection, row);
}

/** Those that made their document, and those that met what was left of a removed one, or another that made it. */
async function countUp(collection: MongoCollection<StoredDocument>, rows: readonly PreparedIncrement[]) {
  const operations = rows.map((row) => ({
    updateOne: {
      filter: { _id: row.id, removedAt: { $exists: false } },
      update: incrementUpdate(row),
      upsert: true,
    },
  }));
  const at = (places: Iterable<number | string>) => [...places].flatMap((place) => rows[Number(place)] ?? []);
  try {
    const { upsertedIds } = await collection.bulkWrite(operations, { ordered: false });
    return { made: at(Object.keys(upsertedIds)), refused: [] };
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || firstRefused(error) === undefined) throw error;
    const errors = [error.writeErrors].flat();
    const other = errors.find(({ code }) => code !== error.code);
    if (!isDuplicateKey(error) || other !== undefined) throw error;
    return { made: at(Object.keys(error.upsertedIds)), refused: at(errors.map(({ index }) => index)) };
  }
}

/** A document that an increment made has counted its versions from nothing: it gets one by the clock. */
async function giveVersions(
  collection: MongoCollection<StoredDocument>,
  made: readonly PreparedIncrement[],
): Promise<void> {
  if (made.length === 0) return;
  const operations = made.map(
    ({ id, version }): AnyBulkWriteOperation<StoredDocument> => ({
      updateOne: { filter: { _id: id }, update: { $max: { version: version + 1 } } },
    }),
  );
  await collection.bulkWrite(operations, { ordered: false });
}

async function incrementOne(
  collection: MongoCollection<StoredDocument>,
  row: PreparedIncrement,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const current = await collection.findOne(
      { _id: row.id },
      { projection: { version: 1, removedAt: 1 }, maxTimeMS: OPERATION_TIMEOUT_MS },
    );
    if (current === null) {
      const { made, refused } = await countUp(collection, [row]);
      await giveVersions(collection, made);
      if (refused.length === 0) return;
      continue;
    }
    const isRemoved = current.removedAt !== undefined;
    row.version = Math.max(row.version, current.version + 1);
    const { matchedCount } = await (isRemoved
      ? collection.updateOne(
          { _id: row.id, version: current.version, removedAt: { $exists: true } },
          recountUpdate(row),
        )
      : collection.updateOne({ _id: row.id, removedAt: { $exists: false } }, incrementUpdate(row)));
    if (matchedCount > 0) return;
  }
  throw new StoreError('UNAVAILABLE', `${row.layout.name} "${row.id}" could not be counted up`);
}
