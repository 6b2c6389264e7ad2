import { DatabaseSync } from 'node:sqlite';
import { messageOf, resultCodeOf } from './sqlite/sqlite-failure.ts';
import { StoreError } from './store-error.ts';

export interface ProcessLock {
  release(): void;
}

/**
 * Takes a lock that at most one process of the machine holds, named by a file that is made when missing and stays
 * behind empty. The lock ends with `release` or with the process, however it ends. StoreError UNAVAILABLE when it is
 * held, in this process or another, or when the file cannot be opened.
 */
export function acquireProcessLock(path: string): ProcessLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    if (database?.isOpen) {
      database.close();
    }
    throw new StoreError('UNAVAILABLE', explain(path, cause), { cause, detail: { path } });
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) {
        held.close();
      }
    },
  };
}

const SQLITE_BUSY = 5;

function explain(path: string, cause: unknown): string {
  return resultCodeOf(cause) === SQLITE_BUSY
    ? `Another process holds the lock ${path}; only one may use it at a time`
    : `The lock ${path} cannot be opened: ${messageOf(cause)}`;
}
