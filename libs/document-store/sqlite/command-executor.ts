import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isStoreError } from '../store-error.ts';
import { type CollectionWriter, createCollectionWriter } from './collection-writer.ts';
import { defineCollection } from './define-collection.ts';
import { failureOf } from './sqlite-failure.ts';
import type { Command, EventRow, Outcome } from './write-protocol.ts';

/**
 * Executes commands inside the transaction of the caller. What the port calls an ordinary outcome is in the Outcome;
 * anything thrown means that the whole transaction has to be given up.
 */
export function createCommandExecutor(database: DatabaseSync, path: string) {
  const collections: (CollectionWriter | undefined)[] = [];
  /** Collections defined in the transaction under way. */
  let definedNow: number[] = [];
  const eventInsertion = database.prepare('INSERT INTO berth_outbox (id, subject, payload) VALUES (?, ?, ?)');
  const marking = database.prepare('UPDATE berth_outbox SET sent_at = ? WHERE sequence = ?');
  const resending = database.prepare('UPDATE berth_outbox SET sent_at = NULL WHERE sent_at >= ?');
  const pruning = database.prepare('DELETE FROM berth_outbox WHERE sent_at < ?');
  const checking = database.prepare("UPDATE berth_meta SET value = value + 1 WHERE name = 'checked'");

  function execute(command: Command): Outcome {
    switch (command.kind) {
      case 'write':
        return write(command.writes);
      case 'define':
        return define(command);
      case 'markSent':
        for (const sequence of command.sequences) {
          marking.run(command.sentAt, sequence);
        }
        return { done: command.sequences.length };
      case 'resend':
        return changed(resending, command.sentSince);
      case 'prune':
        return changed(pruning, command.sentBefore);
      case 'check':
        checking.run();
        return { done: 0 };
    }
  }

  function write(writes: Extract<Command, { kind: 'write' }>['writes']): Outcome {
    let done = 0;
    for (const row of writes) {
      const collection = collections[row.collection];
      if (collection === undefined) {
        const message = `a collection could not be made in ${path}`;
        return { done, failure: { code: 'UNAVAILABLE', message } };
      }
      try {
        collection.execute(row);
      } catch (error) {
        if (isStoreError(error)) {
          return { done, failure: failureOf(error, path) };
        }
        throw error;
      }
      if (row.kind !== 'increment') {
        insertEvents(row.events);
      }
      done += 1;
    }
    return { done };
  }

  function insertEvents(events: readonly EventRow[]): void {
    for (const event of events) {
      eventInsertion.run(...event);
    }
  }

  function define({ collection, layout }: Extract<Command, { kind: 'define' }>): Outcome {
    database.exec('SAVEPOINT define');
    try {
      defineCollection(database, layout);
      collections[collection] = createCollectionWriter(database, layout);
      definedNow.push(collection);
      return { done: 0 };
    } catch (error) {
      database.exec('ROLLBACK TO define');
      return { done: 0, failure: failureOf(error, path) };
    } finally {
      database.exec('RELEASE define');
    }
  }

  return {
    execute,
    /** The transaction is over: what was defined in it is there, or was not. */
    end(isCommitted: boolean): void {
      for (const number of isCommitted ? [] : definedNow) {
        collections[number] = undefined;
      }
      definedNow = [];
    },
  };
}

function changed(statement: StatementSync, time: number): Outcome {
  return { done: Number(statement.run(time).changes) };
}
