import { mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openBlobStore } from '../index.ts';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'berth-blobs-')));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test.each(['file:%', 'file://%', 'file:%/'])('%s and a missing folder: it is made', async (form) => {
  const root = path.join(folder, 'deep/data');
  const store = await openBlobStore({ url: form.replace('%', root), accelPrefix: '/_blobs/' });
  expect((await stat(root)).isDirectory()).toBe(true);
  expect(await store.locate('blobs/ab/x', { method: 'GET' })).toEqual({
    kind: 'accel',
    path: '/_blobs/blobs/ab/x',
  });
  await store.close();
});

test('without a gateway that serves the files there are no locations', async () => {
  const store = await openBlobStore({ url: `file:${folder}` });
  expect(await store.locate('blobs/ab/x', { method: 'GET' })).toBeNull();
  await store.close();
});

test.each(['', '/data', 'data', 'file:data', 'file:./data', 'file://host/data', 'file:/data%2fx', 'ftp:/x'])(
  '%j names no blob store',
  async (url) => {
    await expect(openBlobStore({ url })).rejects.toMatchObject({ code: 'URL_INVALID' });
  },
);

test('a URL with credentials is refused without telling them', async () => {
  await expect(openBlobStore({ url: 'ftp://user:hush@host/x?token=hush' })).rejects.toMatchObject({
    message: expect.not.stringContaining('hush'),
  });
});

test('a file where the folder should be is UNAVAILABLE', async () => {
  await writeFile(path.join(folder, 'file'), '');
  await expect(openBlobStore({ url: `file:${folder}/file` })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(openBlobStore({ url: `file:${folder}/file/x` })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
});
