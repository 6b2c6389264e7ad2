import { readdir, readlink } from 'node:fs/promises';
import { type BlobStore, openBlobStore } from '@berth/blob-store';
import type { Bus } from '@berth/bus';
import { silentLogger } from '@berth/runtime';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { expect, test } from '@jest/globals';
import { openSession } from '../uploads/append-upload.ts';
import { createUploadSessions } from '../uploads/upload-sessions.ts';

const KEY = 'blobs/00/upload';

async function openFilesBelow(folder: string): Promise<number> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((target) => target.startsWith(folder)).length;
}

test('a take-over that cannot write its copy closes what it reads from', async () => {
  const folder = await temporaryFolder();
  const store = await openBlobStore({ url: `file:${folder}` });
  const writer = await store.create(KEY);
  await writer.append(Buffer.alloc(1_000));
  const driverState = await writer.flush();
  await writer.close();
  const blobs: BlobStore = {
    ...store,
    takeOver: (key, from) => store.takeOver(key, from),
    readPartial: (key, sizeBytes, state) => store.readPartial(key, sizeBytes, state),
    create: async () => {
      throw new Error('no room');
    },
  };
  const claim = { version: 2, key: `${KEY}.1`, sizeBytes: 1_000, leaseMs: 30_000 };
  const copyFrom = { key: KEY, sizeBytes: 1_000, driverState };
  const bus = { call: async () => ({ ...claim, copyFrom }) } as unknown as Bus;
  const distribution = {
    bus,
    blobs,
    sessions: createUploadSessions(),
    logger: silentLogger,
    clock: Date.now,
    newId: () => 'id',
  };
  const ref = { repository: { registry: 'acme', image: 'web' }, uploadId: 'upload', actorId: 'ann' };
  for (let attempt = 0; attempt < 5; attempt += 1)
    await expect(openSession(distribution, { ref })).rejects.toThrow('no room');
  await waitUntil(async () => (await openFilesBelow(folder)) === 0, {
    timeoutMs: 5_000,
    what: 'closed files',
  });
});
