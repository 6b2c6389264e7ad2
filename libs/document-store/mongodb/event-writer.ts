import type { AnyBulkWriteOperation } from 'mongodb';
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';
import type { EventChange, EventState } from './event-changes.ts';
import type { StoredDocument } from './stored-document.ts';

export const EVENT_STATE = { version: 1, relayed: 1, events: 1 } as const;

export interface PlacedState {
  readonly collection: string;
  readonly state: EventState;
}

const TRIES = 10;

/**
 * Changes the events of documents, each by the state it was computed from: a document that changed meanwhile is looked
 * at again. One that never stands still keeps its events as they are, which means that they are sent once more.
 * Returns how many events were changed.
 */
export async function changeEvents(
  connection: MongoConnection,
  placed: readonly PlacedState[],
  change: (state: EventState) => EventChange | null,
): Promise<number> {
  const counts = [...Map.groupBy(placed, ({ collection }) => collection)].map(([name, group]) =>
    changeIn(connection, { name, states: group.map(({ state }) => state), change }),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

interface Changing {
  readonly name: string;
  readonly states: readonly EventState[];
  readonly change: (state: EventState) => EventChange | null;
}

async function changeIn(connection: MongoConnection, { name, states, change }: Changing): Promise<number> {
  const collection = connection.collection(name, true);
  const operations: AnyBulkWriteOperation<StoredDocument>[] = [];
  let expected = 0;
  for (const state of states) {
    const changed = change(state);
    if (changed === null) continue;
    expected += changed.count;
    operations.push({ updateOne: { filter: sameState(state), update: changed.update } });
  }
  if (operations.length === 0) return 0;
  const { matchedCount } = await collection.bulkWrite(operations, { ordered: false });
  if (matchedCount === operations.length) return expected;
  // Which of them, the server does not tell. What is done already has nothing left to change.
  let count = 0;
  for (const { _id } of states) count += await changeOne(connection, { name, id: _id, change });
  return count;
}

async function changeOne(
  connection: MongoConnection,
  { name, id, change }: { name: string; id: string; change: Changing['change'] },
): Promise<number> {
  const collection = connection.collection(name, true);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const state = await collection.findOne(
      { _id: id },
      { projection: { ...EVENT_STATE, sentEvents: 1 }, maxTimeMS: OPERATION_TIMEOUT_MS },
    );
    const changed = state === null ? null : change(state);
    if (state === null || changed === null) return 0;
    const { matchedCount } = await collection.updateOne(sameState(state), changed.update);
    if (matchedCount > 0) return changed.count;
  }
  return 0;
}

function sameState({ _id, version, relayed }: EventState): object {
  return { _id, version, relayed: relayed ?? { $exists: false } };
}
