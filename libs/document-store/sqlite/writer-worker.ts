import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { createCheckpointSignal } from './checkpoint-signal.ts';
import { createCheckpointer } from './checkpointer.ts';
import { createCommandExecutor } from './command-executor.ts';
import { failureOf } from './sqlite-failure.ts';
import type { Command, FromWriter, Outcome, ToWriter, WriterOptions } from './write-protocol.ts';
import { createStoreTables } from './writer-schema.ts';

/** The thread that writes: one batch, one transaction, at most one fsync; then it answers. */
const options: WriterOptions = workerData;
/** Only a checkpoint or a tool from outside can be in the way. */
const BUSY_TIMEOUT_MS = 10_000;
/** Password hashes are in some of them. */
const FILE_MODE = 0o600;

function answer(message: FromWriter): void {
  parentPort?.postMessage(message);
}

try {
  serve();
} catch (error) {
  answer({ kind: 'failed', failure: failureOf(error, options.path) });
}

function serve(): void {
  // SQLite would make it readable by all; what it puts beside the file is as readable as the file.
  closeSync(openSync(options.path, 'a', FILE_MODE));
  const database = new DatabaseSync(options.path, { timeout: BUSY_TIMEOUT_MS });
  // wal_autocheckpoint would checkpoint inside a commit, before its writers are answered: see the checkpointer.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 33554432;
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
  `);
  if (options.maxSizeBytes !== undefined) {
    database.exec(`PRAGMA max_page_count = ${Math.ceil(options.maxSizeBytes / 4096)}`);
  }
  createStoreTables(database);
  const executor = createCommandExecutor(database, options.path);
  const checkpointer = createCheckpointer(database, {
    warn: (message) => answer({ kind: 'warning', message }),
    signal: createCheckpointSignal(options.signal),
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const issue = database.prepare("UPDATE berth_meta SET value = ? WHERE name = 'version' AND value < ?");
  const lastVersion = database.prepare("SELECT value FROM berth_meta WHERE name = 'version'").get();
  let isSynchronous = true;

  function run(durable: boolean, commands: readonly Command[]): void {
    let outcomes: Outcome[];
    let hasWritten: boolean;
    try {
      setSynchronous(durable);
      begin.run();
      outcomes = commands.map(executor.execute);
      const version = lastVersionOf(commands, outcomes);
      if (version > 0) {
        issue.run(version, version);
      }
      hasWritten = durable && (version > 0 || commands.some(({ kind }) => kind === 'define'));
      commit.run();
    } catch (error) {
      if (database.isTransaction) {
        database.exec('ROLLBACK');
      }
      executor.end(false);
      answer({ kind: 'failed', failure: failureOf(error, options.path) });
      return;
    }
    executor.end(true);
    answer({ kind: 'committed', outcomes, fsynced: hasWritten });
  }

  /** FULL flushes the log at each commit, and with it all that was written before; NORMAL only at checkpoints. */
  function setSynchronous(wanted: boolean): void {
    if (isSynchronous !== wanted) {
      database.exec(`PRAGMA synchronous = ${wanted ? 'FULL' : 'NORMAL'}`);
      isSynchronous = wanted;
    }
  }

  parentPort?.on('message', (message: ToWriter) => {
    if (message.kind === 'close') {
      checkpointer.stop();
      database.close();
      answer({ kind: 'closed' });
      parentPort?.close();
      return;
    }
    run(message.durable, message.commands);
    checkpointer.afterCommit();
  });
  answer({ kind: 'opened', lastVersion: Number(lastVersion?.value) });
}

/** The newest version that these commands put into the file. */
function lastVersionOf(commands: readonly Command[], outcomes: readonly Outcome[]): number {
  let last = 0;
  commands.forEach((command, index) => {
    if (command.kind === 'write') {
      last = Math.max(last, command.writes[(outcomes[index]?.done ?? 0) - 1]?.version ?? 0);
    }
  });
  return last;
}
