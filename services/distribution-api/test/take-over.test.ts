import { readdir, readlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type BlobStore, type BlobWriter, openBlobStore } from '@berth/blob-store';
import type { Bus } from '@berth/bus';
import { type RpcMethod, ServiceError } from '@berth/contracts';
import { silentLogger } from '@berth/runtime';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { expect, test } from '@jest/globals';
import { appendUpload, openSession } from '../uploads/append-upload.ts';
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

test.each([
  { what: 'lost its claim meanwhile', code: 'UPLOAD_RANGE' },
  { what: 'still holds its claim', code: undefined },
] as const)('a writer whose store fails and that $what says the former', async ({ code }) => {
  const writer: BlobWriter = {
    sizeBytes: 0,
    append: async () => {
      throw new Error('S3 is sealed');
    },
    flush: async () => null,
    close: async () => undefined,
  };
  const bus = {
    async call(method: RpcMethod) {
      if (method.method === 'releaseUpload' && code) throw new ServiceError(code, 'another one has it');
      return { version: 2, key: KEY, sizeBytes: 0, leaseMs: 30_000 };
    },
  } as unknown as Bus;
  const distribution = {
    bus,
    blobs: { create: async () => writer } as unknown as BlobStore,
    sessions: createUploadSessions(),
    logger: silentLogger,
    clock: Date.now,
    newId: () => 'id',
  };
  const ref = { repository: { registry: 'acme', image: 'web' }, uploadId: 'upload', actorId: 'ann' };
  const appending = appendUpload(distribution, { ref, body: Readable.from([Buffer.from('bytes')]) });
  await expect(appending).rejects.toMatchObject(code ? { code } : { message: 'S3 is sealed' });
});
