import type { DatabaseSync } from 'node:sqlite';

/** Pages of 4 KiB in the log that are carried over at the next pause, or at once. */
const PAGES_WHEN_IDLE = 250;
const PAGES_AT_MOST = 4_000;
const IDLE_MS = 200;

/**
 * Carries the log over into the file after the writers were answered: when it has grown long, or earlier when nothing
 * is written for a moment. The next writer then starts the log anew, which bounds it.
 */
export function createCheckpointer(database: DatabaseSync, warn: (message: string) => void) {
  const measuring = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const carrying = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  let timer: NodeJS.Timeout | undefined;

  function waitingPages(): number {
    const { log, checkpointed } = measuring.get() ?? {};
    return Number(log) - Number(checkpointed);
  }

  function carryOver(): void {
    try {
      carrying.get();
    } catch (error) {
      // The log still holds everything: a full disk, say, is tried again after the next commit.
      warn(error instanceof Error ? error.message : String(error));
    }
  }

  return {
    afterCommit(): void {
      const pages = waitingPages();
      if (pages > PAGES_AT_MOST) {
        carryOver();
      } else if (timer === undefined && pages > PAGES_WHEN_IDLE) {
        timer = setTimeout(() => {
          timer = undefined;
          carryOver();
        }, IDLE_MS);
      } else {
        timer?.refresh();
      }
    },
    stop(): void {
      clearTimeout(timer);
    },
  };
}
