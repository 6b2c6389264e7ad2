import { mkdir, mkdtemp, readFile, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FileBlobStore } from '../index.ts';
import { sampleBytes } from '../testing/sample-bytes.ts';
import { storeBlob, storePartly } from '../testing/store-blob.ts';
import { type FileHooks, recordingFileSystem, systemError } from './recording-file-system.ts';

const KEY = 'blobs/ab/x';
let root: string;

function openFaulty(hooks: FileHooks, clock?: () => number): FileBlobStore {
  return new FileBlobStore({ root, fileSystem: recordingFileSystem(hooks), ...(clock && { clock }) });
}

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'berth-blobs-')));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

describe('a failing disk', () => {
  test.each([
    { errno: 'ENOSPC', code: 'STORAGE_FULL' },
    { errno: 'EDQUOT', code: 'STORAGE_FULL' },
    { errno: 'EIO', code: 'UNAVAILABLE' },
    { errno: 'EROFS', code: 'UNAVAILABLE' },
  ])(
    '$errno in a write is $code, and nothing later is flushed as if it were whole',
    async ({ errno, code }) => {
      let isFailing = true;
      const cause = systemError(errno);
      const store = openFaulty({
        write() {
          if (isFailing) {
            throw cause;
          }
          return undefined;
        },
      });
      const writer = await store.create(KEY);
      await writer.append(sampleBytes(1024 * 1024));
      const refused = { code, cause, message: expect.stringContaining(KEY) };
      await expect(writer.append(sampleBytes(2 * 1024 * 1024))).rejects.toMatchObject(refused);
      isFailing = false;
      await expect(writer.append(sampleBytes(1))).rejects.toMatchObject(refused);
      await expect(writer.flush()).rejects.toMatchObject(refused);
      await writer.close();
    },
  );

  test('a write that fails after its append was answered makes the flush fail', async () => {
    const store = openFaulty({
      write() {
        throw systemError('ENOSPC');
      },
    });
    const writer = await store.create(KEY);
    await writer.append(sampleBytes(100));
    await expect(writer.flush()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await expect(writer.flush()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await writer.close();
  });

  test.each(['datasync', 'sync'] as const)(
    'a flush whose %s failed is not tried again',
    async (operation) => {
      let failures = 0;
      const store = openFaulty({});
      await storeBlob(store, 'blobs/ab/first', sampleBytes(1));
      const faulty = openFaulty({
        [operation]: (file: string) => {
          if (failures === 0 && (operation === 'datasync' || file.endsWith('/blobs/ab'))) {
            failures += 1;
            throw systemError('EIO');
          }
        },
      });
      const writer = await faulty.create(KEY);
      await writer.append(sampleBytes(100));
      await expect(writer.flush()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(writer.flush()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(failures).toBe(1);
      await writer.close();
    },
  );

  test('a folder that cannot be made durable refuses the key, and the next try begins anew', async () => {
    let isFailing = true;
    const store = openFaulty({
      sync(file) {
        if (isFailing && file.endsWith('/blobs')) {
          throw systemError('EIO');
        }
      },
    });
    await expect(store.create(KEY)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    isFailing = false;
    await storeBlob(store, KEY, sampleBytes(1));
  });

  test('running out of file descriptors is UNAVAILABLE', async () => {
    const store = openFaulty({
      open() {
        throw systemError('EMFILE');
      },
    });
    await expect(store.read(KEY)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await mkdir(path.join(root, 'blobs/ab'), { recursive: true });
    await writeFile(path.join(root, KEY), 'x');
    await expect(store.read(KEY)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a root that is gone is UNAVAILABLE to writers, and is not made again', async () => {
    const store = openFaulty({});
    await rm(root, { recursive: true });
    await expect(store.create(KEY)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(store.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(store.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await mkdir(root);
  });
});

describe('files that are not as they were left', () => {
  test('a file shorter than what was flushed is refused by every use of its state', async () => {
    const store = openFaulty({});
    const state = await storePartly(store, KEY, sampleBytes(1000));
    await truncate(path.join(root, KEY), 999);
    const refused = { code: 'STATE_INVALID', message: expect.stringContaining('999') };
    await expect(store.resume(KEY, 1000, state)).rejects.toMatchObject(refused);
    await expect(store.complete(KEY, state)).rejects.toMatchObject(refused);
    await expect(store.readPartial(KEY, 1000, state)).rejects.toMatchObject(refused);
  });

  test('a file that is cut while it is read is an error of the stream, not a short answer', async () => {
    const store = openFaulty({});
    await storeBlob(store, KEY, sampleBytes(2_000_000));
    const stream = await store.read(KEY);
    await truncate(path.join(root, KEY), 300_000);
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('neither a file nor a folder that is a symbolic link is followed', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'berth-outside-'));
    await writeFile(path.join(outside, 'secret'), 'secret');
    await mkdir(path.join(root, 'blobs/ab'), { recursive: true });
    await symlink(path.join(outside, 'secret'), path.join(root, 'blobs/ab/link'));
    await symlink(path.join(outside, 'new'), path.join(root, 'blobs/ab/dangling'));
    await symlink(outside, path.join(root, 'blobs/cd'));
    const store = openFaulty({});

    await expect(store.read('blobs/ab/link')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(store.stat('blobs/ab/link')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await expect(store.create('blobs/ab/dangling')).rejects.toMatchObject({ code: 'KEY_EXISTS' });
    for (const attempt of [
      () => store.read('blobs/cd/secret'),
      () => store.stat('blobs/cd/secret'),
      () => store.create('blobs/cd/new'),
      () => store.remove('blobs/cd/secret'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'KEY_INVALID' });
    }
    const listed: string[] = [];
    for await (const { key } of store.list()) {
      listed.push(key);
    }
    expect(listed).toEqual([]);
    expect(await readFile(path.join(outside, 'secret'), 'utf8')).toBe('secret');
    await rm(outside, { recursive: true });
  });

  test('names that are no keys are left out of the list', async () => {
    const store = openFaulty({});
    await store.check();
    await storeBlob(store, KEY, sampleBytes(1));
    await mkdir(path.join(root, 'lost+found'));
    await writeFile(path.join(root, 'blobs/ab/Not_A_Key'), '');
    const listed: string[] = [];
    for await (const { key } of store.list()) {
      listed.push(key);
    }
    expect(listed).toEqual([KEY]);
  });

  test('a folder is no blob, and a blob no folder', async () => {
    const store = openFaulty({});
    await storeBlob(store, KEY, sampleBytes(1));
    await expect(store.read('blobs/ab')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await expect(store.stat('blobs/ab')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    await expect(store.create('blobs/ab')).rejects.toMatchObject({ code: 'KEY_EXISTS' });
    await expect(store.create(`${KEY}/y`)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(store.read(`${KEY}/y`)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
  });
});

describe('the check', () => {
  test('writes at most once in five seconds while all is well, and once in one second while it is not', async () => {
    let now = 0;
    let writes = 0;
    let isFailing = false;
    const store = openFaulty(
      {
        datasync() {
          writes += 1;
          if (isFailing) {
            throw systemError('EIO');
          }
        },
      },
      () => now,
    );
    await Promise.all([store.check(), store.check()]);
    now = 4999;
    await store.check();
    expect(writes).toBe(1);
    isFailing = true;
    now = 5000;
    await expect(store.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    now = 5999;
    await expect(store.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(writes).toBe(2);
    isFailing = false;
    now = 6000;
    await store.check();
    expect(writes).toBe(3);
  });

  test('says that the disk is full while less than 1 MiB is left', async () => {
    const store = openFaulty({ statfs: () => ({ bavail: 255, bsize: 4096 }) });
    await expect(store.check()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  });
});
