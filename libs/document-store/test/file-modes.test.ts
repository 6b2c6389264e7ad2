import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDocumentStore } from '../index.ts';
import { BOOKS } from '../testing/contract-fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('a new SQLite file, and what is beside it, is for its owner alone, in a folder that is open to others too', async () => {
  await chmod(folder, 0o755);
  const store = await openDocumentStore({ url: `sqlite:${join(folder, 'books.db')}` });
  try {
    await store.collection(BOOKS).insert('one', { shelf: 's', title: 't' });
    const files = (await readdir(folder)).filter((name) => !name.includes('-lock'));
    expect(files.sort()).toEqual(['books.db', 'books.db-shm', 'books.db-wal']);
    for (const file of files) expect([file, await modeOf(join(folder, file))]).toEqual([file, 0o600]);
  } finally {
    await store.close();
  }
});

test('a folder that is made for it is entered by its owner and group alone', async () => {
  const store = await openDocumentStore({ url: `sqlite:${join(folder, 'databases/books.db')}` });
  await store.close();
  expect((await modeOf(join(folder, 'databases'))) & 0o007).toBe(0);
});
