import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { BOOKS } from '../testing/contract-fixture.ts';
import { openTemporaryStore } from '../testing/index.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;

describe('writes of one turn', () => {
  test('share one commit; relaxed ones alone make no durable one', async () => {
    const { store, dispose } = await openTemporaryStore();
    try {
      const books = store.collection(BOOKS);
      await books.insert('first', { shelf: 's', title: 'first' });
      const before = { ...store.counters };
      const insert = (id: string, relaxed: boolean) =>
        books.insert(id, { shelf: 's', title: id }, { relaxed });
      await Promise.all(Array.from({ length: 50 }, (_, index) => insert(`d${index}`, index % 2 === 0)));
      expect(store.counters.durableCommits - before.durableCommits).toBe(1);
      await Promise.all(Array.from({ length: 50 }, (_, index) => insert(`r${index}`, true)));
      expect(store.counters.durableCommits - before.durableCommits).toBe(1);
      expect(store.counters.documentWrites - before.documentWrites).toBe(100);
      await expect(insert('first', false)).rejects.toMatchObject({ code: 'ID_TAKEN' });
      expect({ ...store.counters }).toEqual({
        documentWrites: before.documentWrites + 100,
        durableCommits: before.durableCommits + 1,
      });
    } finally {
      await dispose();
    }
  });

  (hasStrace ? test : test.skip)('cost one fsync when one of them is durable, else none', async () => {
    const { store, path, dispose } = await openTemporaryStore();
    await store.close();
    const script = fileURLToPath(new URL('commit-child.ts', import.meta.url));
    const { stderr, status } = spawnSync(
      'strace',
      ['-f', '-e', 'trace=fsync,fdatasync,write', '-s', '40', process.execPath, script, path],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    const fsyncsOf = (mark: string) => {
      const [, part = ''] = stderr.split(`"begin ${mark}`);
      return part.split(`"end ${mark}`)[0]?.match(/(fsync|fdatasync)\(/g)?.length ?? 0;
    };
    expect(['mixed', 'durable', 'relaxed', 'refused'].map(fsyncsOf)).toEqual([1, 1, 0, 0]);
    await dispose();
  });
});

describe('the log', () => {
  test('stays bounded under writers and readers that never pause, and is gone after close', async () => {
    const { store, path, dispose } = await openTemporaryStore();
    try {
      const books = store.collection(BOOKS);
      let largest = 0;
      let isWriting = true;
      const reading = (async () => {
        while (isWriting) {
          await books.get('0-0');
          await new Promise(setImmediate);
        }
      })();
      for (let round = 0; round < 70; round += 1) {
        const scan = new Uint8Array(100_000);
        await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            books.insert(
              `${round}-${index}`,
              { shelf: `${round}`, title: `${index}`, scan },
              { relaxed: true },
            ),
          ),
        );
        largest = Math.max(largest, statSync(`${path}-wal`).size);
      }
      isWriting = false;
      await reading;
      expect(statSync(path).size).toBeGreaterThan(50_000_000);
      expect(largest).toBeLessThan(40_000_000);
      await store.close();
      expect(() => statSync(`${path}-wal`)).toThrow(/ENOENT/);
    } finally {
      await dispose();
    }
  });

  test('is bounded again after a reader from outside let go of its snapshot', async () => {
    const { store, path, dispose } = await openTemporaryStore();
    const outside = new DatabaseSync(path, { readOnly: true });
    try {
      const books = store.collection(BOOKS);
      const insert = (id: string) =>
        books.insert(id, { shelf: id, title: id, scan: new Uint8Array(3_000_000) }, { relaxed: true });
      await insert('0');
      outside.exec('BEGIN');
      outside.prepare('SELECT count(*) FROM books').get();
      for (let index = 1; index < 20; index += 1) {
        await insert(`${index}`);
      }
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(55_000_000);
      outside.exec('COMMIT');
      // A checkpoint that meets a reader of this process, on a busy machine, is tried again after as many pages as there were.
      const isBounded = () => statSync(`${path}-wal`).size < 40_000_000;
      for (let index = 20; index < 200 && !isBounded(); index += 1) {
        await insert(`${index}`);
      }
      expect(isBounded()).toBe(true);
    } finally {
      outside.close();
      await dispose();
    }
  });
});
