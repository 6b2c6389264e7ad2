import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { joinInTurn } from '../join-in-turn.ts';
import { createListeners } from '../listeners.ts';
import type { StoreOptions } from '../open-document-store.ts';
import type { Collection, CollectionDefinition, DocumentStore, Write } from '../port.ts';
import { acquireProcessLock } from '../process-lock.ts';
import { StoreError } from '../store-error.ts';
import { createCheckpointSignal } from './checkpoint-signal.ts';
import { layoutOf } from './collection-layout.ts';
import { openReader, type Reader } from './reader.ts';
import { createSqliteCollection } from './sqlite-collection.ts';
import { errorOf, messageOf } from './sqlite-failure.ts';
import { createSqliteOutbox } from './sqlite-outbox.ts';
import { createPreparation, type PreparedWrite } from './write-preparation.ts';
import { startWriter, type Writer } from './writer.ts';

interface Defined {
  readonly collection: Collection<object>;
  /** The layout as text: what a second declaration of the name is compared with. */
  readonly declaration: string;
  readonly prepare: (write: Write) => PreparedWrite;
  readonly preparing: () => Promise<void> | undefined;
}

/**
 * A store in one file, made with its folder when missing, for its owner alone. One process at a time: a second open is a StoreError
 * UNAVAILABLE that names the file. Reads run in the calling thread, writes in one of their own.
 */
export async function openSqliteStore(path: string, options: StoreOptions): Promise<DocumentStore> {
  const { clock = Date.now, logger, maxSizeBytes } = options;
  await mkdir(dirname(path), { recursive: true, mode: 0o750 }).catch((cause: unknown) => {
    throw new StoreError('UNAVAILABLE', `The folder of ${path} cannot be made: ${messageOf(cause)}`, {
      cause,
    });
  });
  const lock = acquireProcessLock(`${path}-lock`);
  const signal = createCheckpointSignal();
  let writer: Writer;
  let reader: Reader | undefined;
  try {
    writer = await startWriter(
      { path, signal: signal.shared, ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }) },
      {
        warn: (reason) => logger?.warn('the log of the database could not be carried over', { path, reason }),
        onCommit: () => reader?.refresh(),
      },
    );
    reader = openReader(path, signal);
  } catch (error) {
    lock.release();
    throw error;
  }
  const opened = reader;
  const defined = new Map<string, Defined>();
  const listeners = createListeners(logger);
  let lastVersion = writer.lastVersion;
  let documentWrites = 0;
  let closing: Promise<void> | undefined;

  function nextVersion(): number {
    lastVersion = Math.max(lastVersion + 1, Math.floor(clock() * 1_000));
    return lastVersion;
  }

  /** Makes the collection's tables; tried again by the next operation when that failed. */
  function definition(define: () => Promise<void>): Defined['preparing'] {
    let isReady = false;
    let underWay: Promise<void> | undefined;
    return () => {
      if (isReady) {
        return undefined;
      }
      if (underWay === undefined) {
        underWay = define()
          .then(() => {
            opened.reload();
            isReady = true;
          })
          .finally(() => {
            underWay = undefined;
          });
        underWay.catch((error) =>
          logger?.warn('a collection could not be made', { path, reason: String(error) }),
        );
      }
      return underWay;
    };
  }

  function collection<Body extends object>(declared: CollectionDefinition<Body>): Collection<Body> {
    const layout = layoutOf(declared);
    const declaration = JSON.stringify([layout, declared.bytesField, declared.schema]);
    const known = defined.get(layout.name);
    if (known !== undefined) {
      if (known.declaration !== declaration) {
        throw new TypeError(`The collection ${layout.name} is declared twice, differently`);
      }
      return known.collection as Collection<Body>;
    }
    const number = defined.size;
    const preparing = definition(async () => {
      const { failure } = await writer.submit({ kind: 'define', collection: number, layout }, true);
      if (failure !== undefined) {
        throw errorOf(failure);
      }
    });
    preparing();
    const made = createSqliteCollection(declared, {
      path,
      layout,
      reader: opened,
      preparing,
      execute: async (write) => (await executeAll([write]))[0],
    });
    defined.set(layout.name, {
      collection: made as unknown as Collection<object>,
      declaration,
      prepare: createPreparation(declared, { layout, number, nextVersion }),
      preparing,
    });
    return made;
  }

  /** All of them, or the StoreError of the first that failed; those before it are stored. */
  async function executeAll(writes: readonly Write[], progress = { done: 0 }): Promise<unknown[]> {
    for (const { collection } of writes) {
      // Not awaited: the writer executes in order, and what the caller gave is copied before it can change.
      definedAs(collection).preparing();
    }
    const prepared: PreparedWrite[] = [];
    let problem: unknown;
    try {
      for (const write of writes) {
        prepared.push(definedAs(write.collection).prepare(write));
      }
    } catch (error) {
      problem = error;
    }
    if (prepared.length > 0) {
      const rows = prepared.map(({ row }) => row);
      const isDurable = prepared.some((write) => write.isDurable);
      const { done, failure } = await writer.submit({ kind: 'write', writes: rows }, isDurable);
      documentWrites += done;
      progress.done = done;
      if (rows.slice(0, done).some((row) => row.kind !== 'increment' && row.events.length > 0)) {
        listeners.announce();
      }
      if (failure !== undefined) {
        throw errorOf(failure);
      }
    }
    if (problem !== undefined) {
      throw problem;
    }
    return prepared.map(({ result }) => result);
  }

  async function writeMany(writes: readonly Write[]): Promise<readonly unknown[]> {
    const progress = { done: 0 };
    try {
      return await executeAll(writes, progress);
    } catch (error) {
      throw error instanceof StoreError
        ? new StoreError(error.code, error.message, {
            detail: { ...error.detail, index: progress.done },
            cause: error,
          })
        : error;
    }
  }

  function definedAs(name: string): Defined {
    const found = defined.get(name);
    if (found === undefined) {
      throw new TypeError(`The collection ${name} is not declared in this store`);
    }
    return found;
  }

  async function close(): Promise<void> {
    await writer.drain();
    opened.close();
    await writer.close();
    lock.release();
  }

  return {
    collection,
    join: (from, by, to) => joinInTurn({ from, by }, { from: collection(from), to: collection(to) }),
    writeMany,
    outbox: createSqliteOutbox({ path, reader: opened, submit: writer.submit, listeners }),
    async check() {
      await writer.submit({ kind: 'check' }, false);
    },
    counters: {
      get documentWrites() {
        return documentWrites;
      },
      get durableCommits() {
        return writer.durableCommits;
      },
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
