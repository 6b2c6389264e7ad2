import type { Listeners } from '../listeners.ts';
import type { Outbox } from '../port.ts';
import type { CollectionNames } from './collection-names.ts';
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';
import { pruneChange, resendChange, sentChange } from './event-changes.ts';
import { changeEvents, EVENT_STATE, type PlacedState } from './event-writer.ts';

export interface OutboxContext {
  readonly connection: MongoConnection;
  /** Of all collections of the database, those included that only another copy declares. */
  readonly names: CollectionNames;
  /** Runs what uses the database; its errors in the words of the port. */
  readonly using: <T>(run: () => Promise<T>) => Promise<T>;
  readonly listeners: Listeners;
}

/** Documents that are looked at in one go. */
const BATCH = 500;

/**
 * The events that lie in the documents of all collections. Only what a majority has is given out: a change that a new
 * primary does not know was never told of. Marks are acknowledged by the primary alone: one that is lost means that an
 * event is sent once more.
 */
export function createMongoOutbox({ connection, names, using, listeners }: OutboxContext): Outbox {
  /** The states that the last `unsent` saw, by the sequences it gave out: a mark then needs no look. */
  let given = new Map<number, PlacedState>();

  async function waiting(collection: string, limit: number): Promise<PlacedState[]> {
    const found = connection.collection(collection).find(
      { unsent: { $gte: 0 } },
      {
        sort: { unsent: 1 },
        limit,
        projection: EVENT_STATE,
        maxTimeMS: OPERATION_TIMEOUT_MS,
        readConcern: { level: 'majority' },
      },
    );
    return (await found.toArray()).map((state) => ({ collection, state }));
  }

  /** Those that no `unsent` of this store gave out: of another copy, or of an earlier process. */
  async function find(sequences: readonly number[]): Promise<PlacedState[]> {
    const found = (await names.all()).map(async (collection) => {
      const states = connection
        .collection(collection)
        .find(
          { unsent: { $gte: 0 }, 'events.sequence': { $in: [...sequences] } },
          { projection: EVENT_STATE, maxTimeMS: OPERATION_TIMEOUT_MS },
        );
      return (await states.toArray()).map((state) => ({ collection, state }));
    });
    return (await Promise.all(found)).flat();
  }

  return {
    unsent: (limit) =>
      using(async () => {
        const found = await Promise.all((await names.all()).map((name) => waiting(name, limit)));
        const entries = found
          .flat()
          .flatMap((placed) => (placed.state.events ?? []).map((event) => ({ placed, event })))
          .sort((a, b) => a.event.version - b.event.version)
          .slice(0, limit);
        given = new Map(entries.map(({ placed, event }) => [event.sequence, placed]));
        return entries.map(({ event: { sequence, id, subject, payload } }) => ({
          sequence,
          id,
          subject,
          payload,
        }));
      }),
    async markSent(sequences, sentAt) {
      if (sequences.length === 0) return;
      const marked = new Set(sequences);
      await using(async () => {
        const known = new Set(sequences.flatMap((sequence) => given.get(sequence) ?? []));
        const unknown = sequences.filter((sequence) => !given.has(sequence));
        const placed = unknown.length === 0 ? [...known] : [...known, ...(await find(unknown))];
        await changeEvents(connection, placed, (state) => sentChange(state, { sequences: marked, sentAt }));
      });
    },
    resend: (sentSince) =>
      using(async () => {
        let count = 0;
        for (const name of await names.refresh()) {
          count += await changeWhere(name, {
            filter: { sentFrom: { $gte: new Date(0) } },
            change: (state) => resendChange(state, sentSince),
          });
        }
        return count;
      }),
    prune: (sentBefore) =>
      using(async () => {
        let count = 0;
        for (const name of await names.refresh()) {
          count += await changeWhere(name, {
            filter: { sentFrom: { $lt: sentBefore } },
            change: (state) => pruneChange(state, sentBefore),
          });
        }
        return count;
      }),
    onAppend: listeners.add,
  };

  /** Changes the events of all documents that fit, a batch at a time; returns of how many events. */
  async function changeWhere(
    collection: string,
    { filter, change }: { filter: object; change: Parameters<typeof changeEvents>[2] },
  ): Promise<number> {
    const cursor = connection.collection(collection).find(filter, {
      projection: { ...EVENT_STATE, sentEvents: 1 },
      batchSize: BATCH,
      maxTimeMS: OPERATION_TIMEOUT_MS,
    });
    let count = 0;
    let batch: PlacedState[] = [];
    for await (const state of cursor) {
      batch.push({ collection, state });
      if (batch.length < BATCH) continue;
      count += await changeEvents(connection, batch, change);
      batch = [];
    }
    return count + (await changeEvents(connection, batch, change));
  }
}
