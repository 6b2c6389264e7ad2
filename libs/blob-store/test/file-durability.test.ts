import { mkdir, mkdtemp, realpath, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FileBlobStore } from '../index.ts';
import { sampleBytes, summaryOf, summaryOfBytes } from '../testing/sample-bytes.ts';
import { storeBlob, storePartly } from '../testing/store-blob.ts';
import { type FileHooks, recordingFileSystem } from './recording-file-system.ts';

describe('what a blob costs and in which order it is made durable', () => {
  let root: string;
  let calls: string[];

  function openRecorded(hooks: FileHooks = {}): FileBlobStore {
    const note = (what: string) => (file: string) => {
      calls.push(`${what} ${path.relative(root, file) || '.'}`);
    };
    return new FileBlobStore({
      root,
      fileSystem: recordingFileSystem({ datasync: note('datasync'), sync: note('sync'), ...hooks }),
    });
  }

  beforeEach(async () => {
    root = await realpath(await mkdtemp(path.join(tmpdir(), 'berth-blobs-')));
    calls = [];
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  test('a blob costs one sync of its file and then one of its folder', async () => {
    const store = openRecorded();
    await storeBlob(store, 'blobs/ab/first', sampleBytes(10));
    calls = [];
    await storeBlob(store, 'blobs/ab/second', sampleBytes(3_000_000));
    expect(calls).toEqual(['datasync blobs/ab/second', 'sync blobs/ab']);
  });

  test('each further flush costs one sync of the file, also by a later writer', async () => {
    const store = openRecorded();
    const state = await storePartly(store, 'blobs/ab/first', sampleBytes(10));
    calls = [];
    const writer = await store.resume('blobs/ab/first', 10, state);
    await writer.append(sampleBytes(10));
    await writer.flush();
    await writer.append(sampleBytes(10));
    const last = await writer.flush();
    await writer.close();
    await store.complete('blobs/ab/first', last);
    expect(calls).toEqual(['datasync blobs/ab/first', 'datasync blobs/ab/first']);
  });

  test('new folders are made durable from the root down before the file in them', async () => {
    await storePartly(openRecorded(), 'blobs/ab/first', sampleBytes(10));
    expect(calls).toEqual(['sync .', 'sync blobs', 'datasync blobs/ab/first', 'sync blobs/ab']);
  });

  test('a folder that another process made is made durable as well: its maker may have died before', async () => {
    await mkdir(path.join(root, 'blobs/ab'), { recursive: true });
    await storePartly(openRecorded(), 'blobs/ab/first', sampleBytes(10));
    expect(calls.slice(0, 2)).toEqual(['sync .', 'sync blobs']);
  });

  test('writers that need a new folder at the same time share its making', async () => {
    const store = openRecorded();
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => storePartly(store, `blobs/ab/${index}`, sampleBytes(10))),
    );
    expect(calls.filter((call) => call === 'sync blobs')).toHaveLength(1);
  });

  test('a folder that was removed meanwhile is made again', async () => {
    const store = openRecorded();
    await storeBlob(store, 'blobs/ab/first', sampleBytes(10));
    await store.remove('blobs/ab/first');
    await rmdir(path.join(root, 'blobs/ab'));
    calls = [];
    await storeBlob(store, 'blobs/ab/second', sampleBytes(10));
    expect(calls).toEqual(['sync .', 'sync blobs', 'datasync blobs/ab/second', 'sync blobs/ab']);
    expect(await store.stat('blobs/ab/second')).toEqual({ sizeBytes: 10 });
  });

  test('small chunks are written in batches of 1 MiB; their memory may be used again at once', async () => {
    const batches: number[] = [];
    const store = openRecorded({
      write(_file, bytes) {
        batches.push(bytes.byteLength);
        return undefined;
      },
    });
    const writer = await store.create('blobs/ab/x');
    const bytes = sampleBytes(2_600_000);
    const memory = Buffer.alloc(60_000);
    for (let offset = 0; offset < bytes.length; offset += memory.length) {
      const length = bytes.copy(memory, 0, offset, offset + memory.length);
      await writer.append(memory.subarray(0, length));
      memory.fill(0);
    }
    const state = await writer.flush();
    await writer.close();
    expect(batches).toEqual([1024 * 1024, 1024 * 1024, 2_600_000 - 2 * 1024 * 1024]);
    await store.complete('blobs/ab/x', state);
    expect(await summaryOf(await store.read('blobs/ab/x'))).toEqual(summaryOfBytes(bytes));
  });

  test('one write is under way while the next batch collects; further appends wait', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let underWay = 0;
    const store = openRecorded({
      async write() {
        underWay += 1;
        await gate;
        return undefined;
      },
    });
    const writer = await store.create('blobs/ab/x');
    const batch = sampleBytes(1024 * 1024);
    await writer.append(batch); // under way
    await writer.append(batch.subarray(1)); // collects
    let isTaken = false;
    const waiting = writer.append(batch).then(() => {
      isTaken = true;
    });
    await new Promise(setImmediate);
    expect({ underWay, isTaken }).toEqual({ underWay: 1, isTaken: false });
    release();
    await waiting;
    await writer.flush();
    await writer.close();
    expect(await store.stat('blobs/ab/x')).toEqual({ sizeBytes: 3 * 1024 * 1024 - 1 });
  });

  test('a write that takes only a part is gone on with', async () => {
    let calls = 0;
    const store = openRecorded({
      write() {
        calls += 1;
        return calls % 3 === 0 ? undefined : calls * 1000 + 7;
      },
    });
    const bytes = sampleBytes(5_000_000);
    await storeBlob(store, 'blobs/ab/x', bytes);
    expect(await summaryOf(await store.read('blobs/ab/x'))).toEqual(summaryOfBytes(bytes));
  });
});
