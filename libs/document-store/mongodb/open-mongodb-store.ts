import { createListeners } from '../listeners.ts';
import type { StoreOptions } from '../open-document-store.ts';
import type { Collection, CollectionDefinition, DocumentStore, Stored, Write } from '../port.ts';
import { StoreError } from '../store-error.ts';
import { layoutOf } from './collection-layout.ts';
import { createCollectionNames } from './collection-names.ts';
import { connectMongo, type MongoConnection } from './connection.ts';
import { createDocumentWriter } from './document-writer.ts';
import { ensureIndexes } from './ensure-indexes.ts';
import { failureOf } from './mongo-failure.ts';
import { createMongoCollection } from './mongodb-collection.ts';
import { createMongoJoin } from './mongodb-join.ts';
import { createMongoOutbox } from './mongodb-outbox.ts';
import { createPreparing } from './preparing.ts';
import { checkFormat, touchStore } from './store-meta.ts';
import { pruneTombstones, TOMBSTONE_KEPT_MS } from './tombstones.ts';
import { createUse } from './use.ts';
import { createPreparation, type PreparedWrite } from './write-preparation.ts';
import { executeInOrder } from './write-sequence.ts';

const PRUNE_EVERY_MS = 5 * 60_000;

interface Defined {
  readonly collection: Collection<object>;
  /** What a second declaration of the name is compared with. */
  readonly declaration: string;
  readonly prepare: (write: Write) => PreparedWrite;
  readonly preparing: () => Promise<void> | undefined;
}

/**
 * A store in a MongoDB database, which any number of processes may share. StoreError UNAVAILABLE when no server
 * answers within seconds.
 */
export async function openMongoStore(url: string, options: StoreOptions): Promise<DocumentStore> {
  const { clock = Date.now, logger } = options;
  const connection: MongoConnection = await connectMongo(url);
  const { place } = connection;
  await checkFormat(connection).catch(async (error: unknown) => {
    await connection.close();
    throw failureOf(error, place);
  });
  const use = createUse(place);
  const names = createCollectionNames(connection);
  const listeners = createListeners(logger);
  const writer = createDocumentWriter({ connection, clock });
  const defined = new Map<string, Defined>();
  let lastVersion = 0;
  let documentWrites = 0;
  let durableCommits = 0;

  function nextVersion(): number {
    lastVersion = Math.max(lastVersion + 1, Math.floor(clock() * 1_000));
    return lastVersion;
  }

  function collection<Body extends object>(declared: CollectionDefinition<Body>): Collection<Body> {
    const layout = layoutOf(declared);
    const { name } = layout;
    const declaration = JSON.stringify([
      layout.indexes,
      [...layout.pageIndexes],
      declared.bytesField,
      declared.schema,
    ]);
    const known = defined.get(name);
    if (known !== undefined) {
      if (known.declaration !== declaration) {
        throw new TypeError(`The collection ${name} is declared twice, differently`);
      }
      return known.collection as Collection<Body>;
    }
    const warn = (message: string, fields: object) => logger?.warn(message, fields);
    const preparing = createPreparing(() => use.run(() => ensureIndexes(layout, { connection, warn })), {
      what: `The indexes of ${place} ${name}`,
      warn: (error) => warn('a collection could not be made', { place, name, reason: String(error) }),
    });
    void preparing()?.catch(() => {}); // told by the log, and by the first operation
    names.declare(name);
    const made = createMongoCollection(declared, {
      layout,
      connection,
      using: (run) => using([name], run),
      execute: async (write) => (await executeAll([write]))[0],
    });
    const prepare = createPreparation(declared, { layout, nextVersion });
    const entry = { collection: made as unknown as Collection<object>, declaration, prepare, preparing };
    defined.set(name, entry);
    return made;
  }

  function using<T>(names: readonly string[], run: () => Promise<T>): Promise<T> {
    return use.run(async () => {
      for (const name of names) await definedAs(name).preparing();
      return run();
    });
  }

  /** All of them, or the StoreError of the first that failed; those before it are stored. */
  function executeAll(writes: readonly Write[], progress = { done: 0 }): Promise<unknown[]> {
    const prepared: PreparedWrite[] = [];
    let problem: { readonly error: unknown } | undefined;
    try {
      for (const write of writes) prepared.push(definedAs(write.collection).prepare(write));
    } catch (error) {
      problem = { error };
    }
    return using([...new Set(prepared.map(({ layout }) => layout.name))], async () => {
      let hasEvents = false;
      const onDone = (write: PreparedWrite) => {
        progress.done += 1;
        documentWrites += 1;
        durableCommits += write.kind === 'increment' ? 0 : 1;
        hasEvents ||= write.kind !== 'increment' && write.events(write.version).length > 0;
      };
      try {
        await executeInOrder(prepared, { connection, writer, onDone });
      } finally {
        if (hasEvents) listeners.announce();
      }
      if (problem !== undefined) throw problem.error;
      return prepared.map(resultOf);
    });
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
    if (found === undefined) throw new TypeError(`The collection ${name} is not declared in this store`);
    return found;
  }

  const pruning = setInterval(() => {
    const removedBefore = new Date(clock() - TOMBSTONE_KEPT_MS);
    use
      .run(async () => pruneTombstones(connection, { collections: await names.all(), removedBefore }))
      .catch((error) => logger?.warn('removed documents could not be forgotten', { reason: String(error) }));
  }, PRUNE_EVERY_MS).unref();

  return {
    collection,
    join(from, by, to) {
      for (const declared of [from, to]) collection<never>(declared as CollectionDefinition<never>);
      return createMongoJoin(
        { from, by, to },
        { connection, using: (run) => using([from.name, to.name], run) },
      );
    },
    writeMany,
    outbox: createMongoOutbox({ connection, names, using: use.run, listeners }),
    check: () => use.run(() => touchStore(connection, new Date(clock()))),
    counters: {
      get documentWrites() {
        return documentWrites;
      },
      get durableCommits() {
        return durableCommits;
      },
    },
    close() {
      clearInterval(pruning);
      return use.end(() => connection.close());
    },
  };
}

function resultOf(write: PreparedWrite): (object & Stored) | undefined {
  return write.kind === 'insert' || write.kind === 'replace'
    ? { ...write.document, id: write.id, version: write.version }
    : undefined;
}
