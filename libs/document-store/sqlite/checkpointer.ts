import type { DatabaseSync } from 'node:sqlite';
import type { CheckpointSignal } from './checkpoint-signal.ts';
import { messageOf } from './sqlite-failure.ts';

/** Pages of 4 KiB in the log that are carried over at the next pause, or at once. */
const PAGES_WHEN_IDLE = 250;
const PAGES_AT_ONCE = 4_000;
const IDLE_MS = 200;
/** How long readers are waited for: those of this process leave within a turn. */
const WAIT_MS = 200;

export interface CheckpointerOptions {
  readonly warn: (message: string) => void;
  readonly signal: CheckpointSignal;
  /** The patience of this connection outside of checkpoints, in milliseconds. */
  readonly busyTimeoutMs: number;
}

/**
 * Carries the log over into the file after the writers were answered: when it has grown long, or earlier when nothing
 * is written for a moment. The next writer then starts the log anew, which bounds it.
 */
export function createCheckpointer(database: DatabaseSync, options: CheckpointerOptions) {
  const { warn, signal, busyTimeoutMs } = options;
  const measuring = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const passing = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  const restarting = database.prepare('PRAGMA wal_checkpoint(RESTART)');
  let atOnceFrom = PAGES_AT_ONCE;
  let timer: NodeJS.Timeout | undefined;

  /** False when readers were in the way for too long, or the file could not be written: it is tried again later. */
  function carryOver(statement: typeof passing): boolean {
    signal.begin();
    try {
      return statement.get()?.busy === 0;
    } catch (error) {
      warn(messageOf(error));
      return false;
    } finally {
      signal.end();
    }
  }

  /** A reader from outside that stays (a backup) delays the writers once per so many pages, not each time. */
  function startAnew(pages: number): void {
    database.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
    atOnceFrom = PAGES_AT_ONCE + (carryOver(restarting) ? 0 : pages);
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  }

  return {
    afterCommit(): void {
      const { log, checkpointed } = measuring.get() ?? {};
      const pages = Number(log);
      if (pages > atOnceFrom) {
        startAnew(pages);
      } else if (timer !== undefined) {
        timer.refresh();
      } else if (pages - Number(checkpointed) > PAGES_WHEN_IDLE) {
        timer = setTimeout(() => {
          timer = undefined;
          carryOver(passing);
        }, IDLE_MS);
      }
    },
    stop(): void {
      clearTimeout(timer);
    },
  };
}
