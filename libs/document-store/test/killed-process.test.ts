import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { openDocumentStore } from '../index.ts';
import { allIds, BOOKS } from '../testing/contract-fixture.ts';
import { openTemporaryStore } from '../testing/index.ts';
import { startChild } from './run-child.ts';

test('a process that is killed loses nothing that it acknowledged, and shows nothing half-made', async () => {
  const { path, store, dispose } = await openTemporaryStore();
  await store.close();
  const acknowledged: string[] = [];
  // Killed after so many acknowledgements, in the middle of whatever comes next.
  for (const [round, count] of [1, 17, 150, 400].entries()) {
    const child = startChild('insert-child.ts', `sqlite:${path}`, `${round}`);
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += String(chunk);
      if (printed.split('\n').length > count) {
        child.kill('SIGKILL');
      }
    });
    await once(child, 'close');
    acknowledged.push(...printed.split('\n').slice(0, -1));

    const reopened = await openDocumentStore({ url: `sqlite:${path}` });
    try {
      const books = reopened.collection(BOOKS);
      const stored = await allIds(books, { index: 'id', limit: 1_000 });
      expect(acknowledged.length).toBeGreaterThan(count - 1);
      expect(new Set(stored)).toEqual(new Set([...stored, ...acknowledged]));
      const found = await allIds(books, { index: 'byWord', equals: { words: 'all' }, limit: 1_000 });
      expect(found.sort()).toEqual(stored);
      const events = await reopened.outbox.unsent(10_000);
      expect(events.map(({ id }) => id).sort()).toEqual(stored);
      const versions = (await books.getMany(stored)).map((book) => book?.version ?? 0);
      const next = await books.insert(`next-${round}`, { shelf: 'next', title: `${round}` });
      expect(next.version).toBeGreaterThan(Math.max(...versions));
      await books.remove(next);
    } finally {
      await reopened.close();
    }
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  }
  await dispose();
});
