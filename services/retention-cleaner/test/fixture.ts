import { join } from 'node:path';
import { type BlobStore, openBlobStore } from '@berth/blob-store';
import { startTestBus, type TestBus } from '@berth/bus/testing';
import {
  findKeysInUse,
  forgetDiscardedKeys,
  listDiscardedKeys,
  reviewBlobs,
  reviewLinks,
  reviewUploads,
} from '@berth/contracts';
import { openDocumentStore } from '@berth/document-store';
import { newId, silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { openRecords, type Records } from '../records.ts';
import type { SweepParts } from '../sweeps/sweep-parts.ts';

/** What metadata would say: how much there is to review, and which uploads are discarded or open. */
export interface Metadata {
  links: number;
  blobs: number;
  uploads: number;
  readonly discarded: Map<string, { version: number; keys: string[] }>;
  readonly open: Set<string>;
  /** Of each call of reviewLinks, in order; throws to fail. */
  onReview: () => Promise<void>;
}

/** The stories of the service on a real store, a real blob store and a real bus; metadata is what the test says. */
export interface Fixture {
  readonly records: Records;
  readonly parts: SweepParts;
  readonly blobs: BlobStore;
  readonly metadata: Metadata;
  /** Stores bytes under a key, and has metadata list the key as discarded. */
  discard(name: string, bytes: string): Promise<string>;
  advance(ms: number): void;
  stop(): Promise<void>;
}

const keyOf = (name: string) => `blobs/ab/${name}`;

export async function openFixture(): Promise<Fixture> {
  const folder = await temporaryFolder();
  const store = await openDocumentStore({ url: `sqlite:${join(folder, 'retention-cleaner.db')}` });
  const blobs = await openBlobStore({ url: `file:${join(folder, 'blobs')}` });
  const testBus = await startTestBus();
  let offsetMs = 0;
  const clock = () => Date.now() + offsetMs;
  const records = openRecords({ store, clock, newId, logger: silentLogger });
  const metadata: Metadata = {
    ...{ links: 0, blobs: 0, uploads: 0 },
    discarded: new Map(),
    open: new Set(),
    onReview: async () => {},
  };
  serveMetadata(testBus, metadata);
  return {
    records,
    blobs,
    metadata,
    parts: { caller: testBus.bus, blobs, clock, logger: silentLogger, graceMs: 60_000 },
    async discard(name, bytes) {
      const key = keyOf(name);
      await storeBytes(blobs, key, bytes);
      metadata.discarded.set(name, { version: 1, keys: [key] });
      return key;
    },
    advance: (ms) => {
      offsetMs += ms;
    },
    async stop() {
      await testBus.stop();
      await blobs.close();
      await store.close();
    },
  };
}

export async function storeBytes(blobs: BlobStore, key: string, bytes: string): Promise<void> {
  const writer = await blobs.create(key);
  await writer.append(Buffer.from(bytes));
  const state = await writer.flush();
  await writer.close();
  await blobs.complete(key, state);
}

export async function isStored(blobs: BlobStore, key: string): Promise<boolean> {
  return await blobs.stat(key).then(
    () => true,
    () => false,
  );
}

function serveMetadata({ bus }: TestBus, metadata: Metadata): void {
  const take = (kind: 'links' | 'blobs' | 'uploads', limit: number) => {
    const taken = Math.min(limit, metadata[kind]);
    metadata[kind] -= taken;
    return { taken, isMore: taken === limit };
  };
  bus.serve(reviewLinks, async ({ limit }) => {
    await metadata.onReview();
    const { taken, isMore } = take('links', limit);
    return { removed: taken, kept: { named: 1, recent: 0, inRecycleBin: 0, changed: 0 }, isMore };
  });
  bus.serve(reviewBlobs, async ({ limit }) => {
    const { taken, isMore } = take('blobs', limit);
    const kept = { linked: 0, changed: 0 };
    return { condemned: 0, removed: taken, removedBytes: taken * 10, kept, isMore };
  });
  bus.serve(reviewUploads, async ({ limit }) => {
    const { taken, isMore } = take('uploads', limit);
    return { abandoned: taken, unnamed: 0, kept: { named: 0, changed: 0 }, isMore };
  });
  bus.serve(listDiscardedKeys, async ({ limit, after = '' }) => {
    const all = [...metadata.discarded].filter(([uploadId]) => uploadId > after).sort();
    const items = all.slice(0, limit).map(([uploadId, { version, keys }]) => ({
      ...{ uploadId, version, sizeBytes: 0 },
      keys: keys.map((key) => ({ key })),
    }));
    return { items, next: all.length > limit ? (items.at(-1)?.uploadId ?? null) : null };
  });
  bus.serve(forgetDiscardedKeys, async ({ uploads }) => {
    for (const { uploadId } of uploads) metadata.discarded.delete(uploadId);
    return { forgotten: uploads.length };
  });
  bus.serve(findKeysInUse, async ({ keys }) => ({
    open: keys.filter((key) => metadata.open.has(key)),
    committed: [],
    discarded: [],
  }));
}
