import { type DocumentStore, StoreError, type Write } from '@berth/document-store';

/** Thrown where a test ends a story; nothing in the product catches it. */
export class Crash extends Error {}

/** A store that dies where a test says. */
export interface DyingStore {
  readonly store: DocumentStore;
  readonly crashes: number;
  crashAfter(writes: number): void;
  meanwhile(action: () => Promise<unknown>): void;
  /** Every `writeMany` fails as with a full disk, until told otherwise. */
  full: boolean;
  readonly refusals: number;
}

export function dying(store: DocumentStore): DyingStore {
  let left: number | undefined;
  let crashes = 0;
  let refusals = 0;
  let before: (() => Promise<unknown>) | undefined;
  async function writeMany(writes: readonly Write[]): Promise<readonly unknown[]> {
    if (before !== undefined && writes.length > 1) {
      const action = before;
      before = undefined;
      await action();
    }
    if (dyingStore.full) {
      refusals += 1;
      throw new StoreError('STORAGE_FULL', 'the disk of the test is full');
    }
    const count = left;
    if (count === undefined || writes.length < 2) return await store.writeMany(writes);
    left = undefined;
    crashes += 1;
    if (count > 0) await store.writeMany(writes.slice(0, count));
    throw new Crash(`after ${count} of ${writes.length} writes`);
  }
  const dyingStore: DyingStore = {
    full: false,
    get refusals() {
      return refusals;
    },
    store: {
      ...store,
      collection: store.collection,
      outbox: store.outbox,
      counters: store.counters,
      writeMany,
    },
    get crashes() {
      return crashes;
    },
    crashAfter(writes) {
      left = writes;
    },
    meanwhile(action) {
      before = action;
    },
  };
  return dyingStore;
}
