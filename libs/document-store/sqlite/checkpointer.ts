import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from './sqlite-failure.ts';

/** Pages of 4 KiB in the log that are carried over at the next pause, or at once. */
const PAGES_WHEN_IDLE = 250;
const PAGES_AT_ONCE = 4_000;
/** Where readers kept the log from starting anew until it has so many pages, the writer waits for them. */
const PAGES_AT_MOST = 16_000;
const IDLE_MS = 200;
const WAIT_MS = 500;

export interface CheckpointerOptions {
  readonly warn: (message: string) => void;
  /** The patience of this connection outside of checkpoints, in milliseconds. */
  readonly busyTimeoutMs: number;
}

/**
 * Carries the log over into the file after the writers were answered: when it has grown long, or earlier when nothing
 * is written for a moment. The next writer then starts the log anew, which bounds it.
 */
export function createCheckpointer(database: DatabaseSync, { warn, busyTimeoutMs }: CheckpointerOptions) {
  const measuring = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  let waitAt = PAGES_AT_MOST;
  let timer: NodeJS.Timeout | undefined;

  function carryOver(mode: 'PASSIVE' | 'RESTART'): void {
    try {
      const r = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get(); console.error(mode, r);
    } catch (error) {
      // The log still holds everything: a full disk, say, is tried again later.
      warn(messageOf(error));
    }
  }

  /** A reader from outside that stays for long (a backup) delays writers once per so many pages, not each time. */
  function startAnew(pages: number): void {
    database.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
    carryOver('RESTART');
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    waitAt = pages + PAGES_AT_MOST;
  }

  return {
    afterCommit(): void {
      const { log, checkpointed } = measuring.get() ?? {};
      const pages = Number(log);
      const waiting = pages - Number(checkpointed);
      if (pages < PAGES_AT_MOST) {
        waitAt = PAGES_AT_MOST;
      }
      if (pages > waitAt) {
        startAnew(pages);
      } else if (waiting > PAGES_AT_ONCE) {
        carryOver('PASSIVE');
      } else if (timer !== undefined) {
        timer.refresh();
      } else if (waiting > PAGES_WHEN_IDLE) {
        timer = setTimeout(() => {
          timer = undefined;
          carryOver('PASSIVE');
        }, IDLE_MS);
      }
    },
    stop(): void {
      clearTimeout(timer);
    },
  };
}
