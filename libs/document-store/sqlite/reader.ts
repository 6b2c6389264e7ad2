import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { StoreError } from '../store-error.ts';
import type { CheckpointSignal } from './checkpoint-signal.ts';

/** The connection that reads, in the thread of the callers. */
export interface Reader {
  /** A prepared statement, rows as arrays, in the snapshot of this turn. StoreError UNAVAILABLE once closed. */
  statement(sql: string): StatementSync;
  /** Ends the snapshot: whatever is read from now on sees what was committed before. */
  refresh(): void;
  /** Takes note of changed tables. Preparing alone does not: it takes the schema that it knows for the newest. */
  reload(): void;
  close(): void;
}

/**
 * Reads of one turn of the event loop share a transaction: entering one costs as much as a `get` itself. The snapshot
 * ends with the turn, or earlier when a commit is answered, so that a writer reads what it wrote.
 */
export function openReader(path: string, signal: CheckpointSignal): Reader {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  database.exec('PRAGMA cache_size = -12288; PRAGMA mmap_size = 67108864; PRAGMA temp_store = MEMORY;');
  const begin = database.prepare('BEGIN');
  const end = database.prepare('COMMIT');
  const statements = new Map<string, StatementSync>();
  let isInTurn = false;
  let isScheduled = false;

  function refresh(): void {
    if (isInTurn) {
      isInTurn = false;
      end.run();
    }
  }

  function enterTurn(): void {
    begin.run();
    isInTurn = true;
    if (!isScheduled) {
      isScheduled = true;
      setImmediate(endTurn);
    }
  }

  function endTurn(): void {
    isScheduled = false;
    refresh();
  }

  return {
    statement(sql) {
      if (!isInTurn) {
        if (!database.isOpen) {
          throw new StoreError('UNAVAILABLE', `${path} is closed`);
        }
        if (!signal.isOn()) {
          enterTurn();
        }
      }
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = database.prepare(sql, { returnArrays: true });
        statements.set(sql, statement);
      }
      return statement;
    },
    refresh,
    reload() {
      refresh();
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
    },
    close() {
      refresh();
      database.close();
    },
  };
}
