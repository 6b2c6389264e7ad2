import type { MongoConnection } from './connection.ts';
import type { DocumentWriter } from './document-writer.ts';
import { incrementAll } from './increment-writer.ts';
import { firstRefused, isDuplicateKey, isUncertain } from './mongo-failure.ts';
import { newDocument } from './stored-update.ts';
import type { PreparedIncrement, PreparedPut, PreparedWrite } from './write-preparation.ts';

/** Documents in one round trip, at most. */
const GROUP = 500;

export interface SequenceOptions {
  readonly connection: MongoConnection;
  readonly writer: DocumentWriter;
  /** Told of each write that is done, in their order. */
  readonly onDone: (write: PreparedWrite) => void;
}

/**
 * Executes writes in their order and throws at the first that fails; those behind it are not begun. Neighbours that are
 * of one collection, and insertions or increments alike, share a round trip: only of these the server tells which was
 * refused, and begins none behind it. A replacement that does not fit its version is no error to the server.
 */
export async function executeInOrder(
  writes: readonly PreparedWrite[],
  options: SequenceOptions,
): Promise<void> {
  const { connection, writer, onDone } = options;
  for (let next = 0; next < writes.length; ) {
    const group = groupAt(writes, next);
    const [first] = group;
    if (first?.kind === 'increment') {
      await incrementAll(connection, group as PreparedIncrement[]);
      group.forEach(onDone);
    } else if (group.length > 1) {
      await insertAll(group as PreparedPut[], options);
    } else if (first !== undefined) {
      await writer.execute(first);
      onDone(first);
    }
    next += group.length;
  }
}

function groupAt(writes: readonly PreparedWrite[], start: number): PreparedWrite[] {
  const [first, ...others] = writes.slice(start, start + GROUP);
  if (first === undefined) return [];
  if (first.kind !== 'insert' && first.kind !== 'increment') return [first];
  const end = others.findIndex(({ kind, layout }) => kind !== first.kind || layout !== first.layout);
  return [first, ...(end < 0 ? others : others.slice(0, end))];
}

/** Inserts what it can at once; what is refused takes the way of a single one, which also knows why. */
async function insertAll(
  puts: readonly PreparedPut[],
  { connection, writer, onDone }: SequenceOptions,
): Promise<void> {
  const collection = connection.collection(puts[0]?.layout.name ?? '');
  let rest = puts;
  let mayBeDone = false;
  while (rest.length > 0) {
    let done = 0;
    if (!mayBeDone) {
      try {
        await collection.insertMany(rest.map(newDocument), { ordered: true });
        done = rest.length;
      } catch (error) {
        if (isUncertain(error)) mayBeDone = true;
        else if (isDuplicateKey(error)) done = firstRefused(error) ?? 0;
        else throw error;
      }
    }
    rest.slice(0, done).forEach(onDone);
    const [refused, ...others] = rest.slice(done);
    if (refused !== undefined) {
      await writer.execute(refused, mayBeDone);
      onDone(refused);
    }
    rest = others;
  }
}
