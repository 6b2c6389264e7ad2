import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BlobStore, FileBlobStore } from '../index.ts';
import { sampleBytes, summaryOf, summaryOfBytes } from '../testing/sample-bytes.ts';
import { storeBlob } from '../testing/store-blob.ts';

const run = promisify(execFile);
const folder = await mkdtemp(path.join(tmpdir(), 'berth-full-'));
const canMount = await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]).then(
  () => true,
  () => false,
);
if (canMount) {
  await run('umount', [folder]);
}
afterAll(() => rm(folder, { recursive: true }));

/** Mounting needs root; the same faults are made by hand in file-faults.test.ts. */
(canMount ? describe : describe.skip)('a disk of 4 MiB', () => {
  let store: BlobStore;

  beforeEach(async () => {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    let now = 0;
    store = new FileBlobStore({ root: folder, clock: () => (now += 10_000) });
  });

  afterEach(async () => {
    await run('umount', [folder]);
  });

  test('refuses what does not fit, keeps what it acknowledged, and goes on when there is room again', async () => {
    const kept = sampleBytes(1_000_000);
    await storeBlob(store, 'blobs/ab/kept', kept);

    const writer = await store.create('blobs/ab/large');
    const fill = async () => {
      for (let index = 0; index < 100; index += 1) {
        await writer.append(sampleBytes(64 * 1024));
      }
      await writer.flush();
    };
    await expect(fill()).rejects.toMatchObject({ code: 'STORAGE_FULL', cause: { code: 'ENOSPC' } });
    await expect(writer.flush()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await writer.close();
    await expect(store.check()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await summaryOf(await store.read('blobs/ab/kept'))).toEqual(summaryOfBytes(kept));

    await store.remove('blobs/ab/large');
    await store.check();
    await storeBlob(store, 'blobs/ab/next', sampleBytes(2_000_000));
    expect(await store.stat('blobs/ab/next')).toEqual({ sizeBytes: 2_000_000 });
  });

  test('an upload that met the full disk goes on after its last flush', async () => {
    const bytes = sampleBytes(3_000_000);
    await storeBlob(store, 'blobs/ab/other', sampleBytes(2_000_000));
    const writer = await store.create('blobs/ab/x');
    await writer.append(bytes.subarray(0, 1_000_000));
    const state = await writer.flush();
    await writer.append(bytes.subarray(1_000_000));
    await expect(writer.flush()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await writer.close();

    await store.remove('blobs/ab/other');
    const second = await store.resume('blobs/ab/x', 1_000_000, state);
    await second.append(bytes.subarray(1_000_000));
    await store.complete('blobs/ab/x', await second.flush());
    await second.close();
    expect(await summaryOf(await store.read('blobs/ab/x'))).toEqual(summaryOfBytes(bytes));
  });
});
