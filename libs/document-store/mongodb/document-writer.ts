import type { Collection as MongoCollection } from 'mongodb';
import { StoreError } from '../store-error.ts';
import { type MongoConnection, OPERATION_TIMEOUT_MS } from './connection.ts';
import { isDuplicateKey, isUncertain } from './mongo-failure.ts';
import type { StoredDocument } from './stored-document.ts';
import { newDocument, putUpdate, removalUpdate } from './stored-update.ts';
import { findOtherOwner } from './unique-owner.ts';
import type { PreparedPut, PreparedRemoval } from './write-preparation.ts';

/** Others may remove and insert the same id meanwhile, each time. */
const TRIES = 20;
/** Each waits for a majority. */
const TRIES_WHEN_UNCERTAIN = 3;

/** What of a stored document tells how a write of it ended. */
export type WriteState = Pick<StoredDocument, 'version' | 'removedAt' | 'writes'>;

export interface DocumentWriter {
  /**
   * Executes one write; `version` of it is then what was stored. A write whose answer was lost is done once more and
   * knows its own work; `mayBeDone` says that this is such a second time. StoreError ID_TAKEN, UNIQUE_TAKEN,
   * VERSION_CONFLICT: then nothing was done.
   */
  execute(write: PreparedPut | PreparedRemoval, mayBeDone?: boolean): Promise<void>;
}

export interface DocumentWriterOptions {
  readonly connection: MongoConnection;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export function createDocumentWriter({ connection, clock }: DocumentWriterOptions): DocumentWriter {
  async function execute(write: PreparedPut | PreparedRemoval, mayBeDone = false): Promise<void> {
    const once = write.kind === 'insert' ? insert : change;
    try {
      await once(write as PreparedPut, mayBeDone);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      await once(write as PreparedPut, true);
    }
  }

  /** Inserts where there is nothing, else takes the place of what was left of a removed document. */
  async function insert(put: PreparedPut, mayBeDone: boolean): Promise<void> {
    const collection = connection.collection(put.layout.name);
    for (let tries = 0; tries < triesOf(mayBeDone); tries += 1) {
      try {
        await collection.insertOne(newDocument(put));
        return;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      const current = await readState(collection, { id: put.id, mayBeDone });
      if (current === null) {
        await requireUnique(put);
        continue;
      }
      if (current.writes?.includes(put.writeId)) return;
      if (current.removedAt === undefined) {
        throw new StoreError('ID_TAKEN', `${put.layout.name} "${put.id}" exists already`, {
          detail: { id: put.id },
        });
      }
      put.version = Math.max(put.version, current.version + 1);
      const filter = { _id: put.id, version: current.version, removedAt: { $exists: true } };
      if (await update(collection, { filter, put })) return;
    }
    throw busy(put);
  }

  /** Replaces or removes, by version. */
  async function change(write: PreparedPut | PreparedRemoval, mayBeDone: boolean): Promise<void> {
    const collection = connection.collection(write.layout.name);
    const filter = { _id: write.id, version: write.expectedVersion, removedAt: { $exists: false } };
    for (let tries = 0; tries < triesOf(mayBeDone); tries += 1) {
      if (await update(collection, { filter, put: write })) return;
      const current = await readState(collection, { id: write.id, mayBeDone });
      if (current?.writes?.includes(write.writeId)) return;
      const isAsExpected = current?.removedAt === undefined && current?.version === write.expectedVersion;
      // Refused for a value of another document that has let go of it since.
      if (isAsExpected) continue;
      const isGone = current === null || current.removedAt !== undefined;
      const what = isGone ? 'is gone' : `has version ${current.version}`;
      throw new StoreError(
        'VERSION_CONFLICT',
        `${write.layout.name} "${write.id}" ${what}, expected ${write.expectedVersion}`,
        { detail: { id: write.id } },
      );
    }
    throw busy(write);
  }

  /** False when no document fits the filter, or a value was taken that is free again. */
  async function update(
    collection: MongoCollection<StoredDocument>,
    { filter, put }: { filter: object; put: PreparedPut | PreparedRemoval },
  ): Promise<boolean> {
    const change = put.kind === 'remove' ? removalUpdate(put, new Date(clock())) : putUpdate(put);
    try {
      const { matchedCount } = await collection.updateOne(filter, change);
      return matchedCount > 0;
    } catch (error) {
      if (!isDuplicateKey(error) || put.kind === 'remove') throw error;
      await requireUnique(put);
      return false;
    }
  }

  async function requireUnique(put: PreparedPut): Promise<void> {
    const taken = await findOtherOwner(connection.collection(put.layout.name), put);
    if (taken !== null) throw taken;
  }

  return { execute };
}

const triesOf = (mayBeDone: boolean) => (mayBeDone ? TRIES_WHEN_UNCERTAIN : TRIES);

function busy({ layout, id }: PreparedPut | PreparedRemoval): StoreError {
  return new StoreError(
    'UNAVAILABLE',
    `${layout.name} "${id}" could not be written: others change it all the time`,
  );
}

/**
 * Where an answer was lost, only what a majority has counts: the write that was done again, without effect, has waited
 * until all before it was replicated.
 */
async function readState(
  collection: MongoCollection<StoredDocument>,
  { id, mayBeDone }: { id: string; mayBeDone: boolean },
): Promise<WriteState | null> {
  return collection.findOne(
    { _id: id },
    {
      projection: { version: 1, removedAt: 1, writes: 1 },
      maxTimeMS: OPERATION_TIMEOUT_MS,
      readConcern: { level: mayBeDone ? 'majority' : 'local' },
    },
  );
}
