import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { errorOf } from './sqlite-failure.ts';
import type { Command, FromWriter, Outcome, ToWriter, WriterOptions } from './write-protocol.ts';

/** A batch is bounded in commands and roughly in bytes, so that one commit never takes long. */
const BATCH_COMMANDS = 1_000;
const BATCH_BYTES = 16 * 1024 * 1024;
const QUEUE_COMMANDS = 100_000;

interface Waiting {
  readonly command: Command;
  readonly durable: boolean;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: StoreError) => void;
}

export interface Writer {
  /** The newest version in the file when it was opened. */
  readonly lastVersion: number;
  readonly durableCommits: number;
  /**
   * Executed in the order of the calls. What is submitted in one turn, or while a commit is under way, shares the
   * next commit. StoreError STORAGE_FULL or UNAVAILABLE: nothing of it is stored.
   */
  submit(command: Command, durable: boolean): Promise<Outcome>;
  /** Takes nothing more, and resolves when all that was submitted is executed and durable. */
  drain(): Promise<void>;
  /** Closes the file and ends the thread; after `drain`. */
  close(): Promise<void>;
}

export interface WriterHooks {
  readonly warn: (message: string) => void;
  /** Runs before the writers are answered. */
  readonly onCommit: () => void;
}

/** Starts the thread that writes to the file; StoreError when the file cannot be opened. */
export async function startWriter(options: WriterOptions, hooks: WriterHooks): Promise<Writer> {
  const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), {
    name: 'document-store',
    workerData: options,
  });
  let waiting: Waiting[] = [];
  let underWay: Waiting[] = [];
  let isScheduled = false;
  let durableCommits = 0;
  let ended: StoreError | undefined;
  let hasExited = false;
  let closed: (() => void) | undefined;
  const opened = Promise.withResolvers<number>();

  worker.on('message', (message: FromWriter) => {
    switch (message.kind) {
      case 'opened':
        worker.unref();
        return opened.resolve(message.lastVersion);
      case 'committed':
        durableCommits += message.fsynced ? 1 : 0;
        hooks.onCommit();
        return settle((one, index) => one.resolve(message.outcomes[index] ?? { done: 0 }));
      case 'failed':
        opened.reject(errorOf(message.failure));
        return settle((one) => one.reject(errorOf(message.failure)));
      case 'warning':
        return hooks.warn(message.message);
      case 'closed':
        return closed?.();
    }
  });
  worker.on('error', (error) => end(`The thread that writes to ${options.path} failed: ${error.message}`));
  worker.on('exit', () => end(`The thread that writes to ${options.path} has ended`));

  function end(message: string): void {
    hasExited = true;
    ended ??= new StoreError('UNAVAILABLE', message);
    opened.reject(ended);
    const all = [...underWay, ...waiting];
    underWay = [];
    waiting = [];
    for (const one of all) {
      one.reject(ended);
    }
    closed?.();
  }

  function settle(each: (one: Waiting, index: number) => void): void {
    const batch = underWay;
    underWay = [];
    batch.forEach(each);
    send();
  }

  function send(): void {
    if (underWay.length > 0) {
      return;
    }
    if (waiting.length === 0) {
      worker.unref();
      return;
    }
    let count = 0;
    for (let bytes = 0; count < waiting.length && count < BATCH_COMMANDS && bytes < BATCH_BYTES; count += 1) {
      bytes += sizeOf(waiting[count]?.command);
    }
    underWay = waiting.splice(0, count);
    worker.ref();
    worker.postMessage({
      kind: 'batch',
      durable: underWay.some(({ durable }) => durable),
      commands: underWay.map(({ command }) => command),
    } satisfies ToWriter);
  }

  function submit(command: Command, durable: boolean): Promise<Outcome> {
    if (ended !== undefined) {
      return Promise.reject(ended);
    }
    if (waiting.length >= QUEUE_COMMANDS) {
      const message = `${QUEUE_COMMANDS} writes wait for ${options.path} already`;
      return Promise.reject(new StoreError('UNAVAILABLE', message));
    }
    return new Promise((resolve, reject) => {
      waiting.push({ command, durable, resolve, reject });
      if (underWay.length === 0 && !isScheduled) {
        isScheduled = true;
        setImmediate(() => {
          isScheduled = false;
          send();
        });
      }
    });
  }

  async function drain(): Promise<void> {
    const isDrained = submit({ kind: 'check' }, true);
    ended ??= new StoreError('UNAVAILABLE', `${options.path} is closed`);
    await isDrained.catch(() => undefined);
  }

  async function close(): Promise<void> {
    if (!hasExited) {
      await new Promise<void>((resolve) => {
        closed = resolve;
        worker.ref();
        worker.postMessage({ kind: 'close' } satisfies ToWriter);
      });
    }
    await worker.terminate();
  }

  const lastVersion = await opened.promise.catch(async (error) => {
    await worker.terminate();
    throw error;
  });
  return {
    lastVersion,
    get durableCommits() {
      return durableCommits;
    },
    submit,
    drain,
    close,
  };
}

function sizeOf(command: Command | undefined): number {
  if (command?.kind !== 'write') {
    return 0;
  }
  return command.writes.reduce(
    (sum, row) => sum + ('body' in row ? row.body.length + (row.bytes?.byteLength ?? 0) : 0),
    0,
  );
}
