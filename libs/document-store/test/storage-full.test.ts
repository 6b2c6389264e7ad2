import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Collection, type DocumentStore, openDocumentStore, type Stored } from '../index.ts';
import { allIds, BOOKS, type Book } from '../testing/contract-fixture.ts';
import { openTemporaryStore } from '../testing/index.ts';

const isRoot = process.getuid?.() === 0;

/** Inserts until there is no room; several at once, so that whole batches are refused. */
async function fill(books: Collection<Book>): Promise<(Book & Stored)[]> {
  const stored: (Book & Stored)[] = [];
  const codes = new Set<string>();
  for (let round = 0; codes.size === 0; round += 1) {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        books.insert(
          `${round}-${index}`,
          { shelf: `${round}`, title: `${index}`, scan: new Uint8Array(20_000) },
          { events: () => [{ id: `${round}-${index}`, subject: 's', payload: '{}' }] },
        ),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') {
        stored.push(outcome.value);
      } else {
        codes.add(outcome.reason.code);
      }
    }
  }
  expect([...codes]).toEqual(['STORAGE_FULL']);
  return stored;
}

async function expectExactly(store: DocumentStore, stored: readonly Stored[]): Promise<void> {
  const ids = stored.map(({ id }) => id).sort();
  expect(await allIds(store.collection(BOOKS), { index: 'id', limit: 1_000 })).toEqual(ids);
  expect((await store.outbox.unsent(10_000)).map(({ id }) => id).sort()).toEqual(ids);
}

describe('a store without room', () => {
  test('refuses writes as STORAGE_FULL, reads on, and takes writes again once documents are removed', async () => {
    const opened = await openTemporaryStore({ maxSizeBytes: 3_000_000 });
    try {
      const books = opened.store.collection(BOOKS);
      const stored = await fill(books);
      expect(stored.length).toBeGreaterThan(50);
      await expectExactly(opened.store, stored);
      await opened.store.writeMany(stored.map((document) => books.write.remove(document)));
      const again = await books.insert('again', { shelf: 'a', title: 'a', scan: new Uint8Array(100_000) });
      expect((await books.get('again'))?.version).toBe(again.version);
    } finally {
      await opened.dispose();
    }
  });

  (isRoot ? test : test.skip)('on a full disk recovers by itself when there is room again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]);
    try {
      const ballast = join(folder, 'ballast');
      await writeFile(ballast, new Uint8Array(4_000_000));
      const store = await openDocumentStore({ url: `sqlite:${join(folder, 'store.db')}` });
      const books = store.collection(BOOKS);
      const stored = await fill(books);
      await expectExactly(store, stored);
      await writeFile(join(folder, 'rest'), new Uint8Array(4_000_000)).catch(() => undefined);
      await expect(
        books.insert('big', { shelf: 'b', title: 'b', scan: new Uint8Array(3_000_000) }),
      ).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      await rm(ballast);
      await rm(join(folder, 'rest'));
      await store.check();
      stored.push(
        await books.insert(
          'again',
          { shelf: 'a', title: 'a' },
          { events: () => [{ id: 'again', subject: 's', payload: '' }] },
        ),
      );
      await store.close();
      const reopened = await openDocumentStore({ url: `sqlite:${join(folder, 'store.db')}` });
      await expectExactly(reopened, stored);
      await reopened.close();
    } finally {
      execFileSync('umount', [folder]);
      await rm(folder, { recursive: true });
    }
  });
});
