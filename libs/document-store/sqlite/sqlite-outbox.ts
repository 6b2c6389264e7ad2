import type { DatabaseSync } from 'node:sqlite';
import type { Outbox } from '../port.ts';
import { errorOf, reading } from './sqlite-failure.ts';
import type { Command, Outcome } from './write-protocol.ts';

export interface OutboxContext {
  readonly path: string;
  readonly reader: () => DatabaseSync;
  readonly submit: (command: Command, durable: boolean) => Promise<Outcome>;
  readonly listeners: Set<() => void>;
}

/** Marks and prunes are relaxed: one that is lost with the machine means that an event is sent once more. */
export function createSqliteOutbox({ path, reader, submit, listeners }: OutboxContext): Outbox {
  const sql =
    'SELECT sequence, id, subject, payload FROM berth_outbox WHERE sent_at IS NULL ORDER BY sequence LIMIT ?';
  let selection: ReturnType<DatabaseSync['prepare']> | undefined;

  async function change(command: Command): Promise<number> {
    const { done, failure } = await submit(command, false);
    if (failure !== undefined) {
      throw errorOf(failure);
    }
    return done;
  }

  return {
    async unsent(limit) {
      return reading(path, () => {
        const database = reader();
        selection ??= database.prepare(sql);
        return selection.all(limit).map((row) => ({
          sequence: Number(row.sequence),
          id: String(row.id),
          subject: String(row.subject),
          payload: String(row.payload),
        }));
      });
    },
    async markSent(sequences, sentAt) {
      if (sequences.length > 0) {
        await change({ kind: 'markSent', sequences, sentAt: sentAt.getTime() });
      }
    },
    resend: (sentSince) => change({ kind: 'resend', sentSince: sentSince.getTime() }),
    prune: (sentBefore) => change({ kind: 'prune', sentBefore: sentBefore.getTime() }),
    onAppend(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
