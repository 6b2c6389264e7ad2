import type { Listeners } from '../listeners.ts';
import type { Outbox } from '../port.ts';
import type { Reader } from './reader.ts';
import { errorOf, reading } from './sqlite-failure.ts';
import type { Command, Outcome } from './write-protocol.ts';

export interface OutboxContext {
  readonly path: string;
  readonly reader: Reader;
  readonly submit: (command: Command, durable: boolean) => Promise<Outcome>;
  readonly listeners: Listeners;
}

/** Marks and prunes are relaxed: one that is lost with the machine means that an event is sent once more. */
export function createSqliteOutbox({ path, reader, submit, listeners }: OutboxContext): Outbox {
  const sql =
    'SELECT sequence, id, subject, payload FROM berth_outbox WHERE sent_at IS NULL ORDER BY sequence LIMIT ?';

  async function change(command: Command): Promise<number> {
    const { done, failure } = await submit(command, false);
    if (failure !== undefined) {
      throw errorOf(failure);
    }
    return done;
  }

  return {
    async unsent(limit) {
      const rows = reading(path, () => reader.statement(sql).all(limit));
      return (rows as unknown as [number, string, string, string][]).map(
        ([sequence, id, subject, payload]) => ({
          sequence,
          id,
          subject,
          payload,
        }),
      );
    },
    async markSent(sequences, sentAt) {
      if (sequences.length > 0) {
        await change({ kind: 'markSent', sequences, sentAt: sentAt.getTime() });
      }
    },
    resend: (sentSince) => change({ kind: 'resend', sentSince: sentSince.getTime() }),
    prune: (sentBefore) => change({ kind: 'prune', sentBefore: sentBefore.getTime() }),
    onAppend: listeners.add,
  };
}
