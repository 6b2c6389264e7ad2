import { once } from 'node:events';
import { waitUntil } from '@berth/testing';
import { expect, test } from '@jest/globals';
import type { Collection, DocumentStore } from '../index.ts';
import { allIds, BOOKS, type Book, COUNTS } from '../testing/contract-fixture.ts';
import { describeOnMongo } from '../testing/index.ts';
import { startChild } from './run-child.ts';

const event = (id: string) => ({ events: () => [{ id, subject: 's', payload: '{}' }] });

describeOnMongo('several copies on one MongoDB database', (open) => {
  async function onCopies(
    count: number,
    body: (stores: readonly DocumentStore[], books: readonly Collection<Book>[]) => Promise<void>,
  ): Promise<void> {
    const opened = await open();
    try {
      const others = await Promise.all(Array.from({ length: count - 1 }, () => opened.another()));
      const stores = [opened.store, ...others];
      await body(
        stores,
        stores.map((store) => store.collection(BOOKS)),
      );
    } finally {
      await opened.dispose();
    }
  }

  test('make the indexes of a collection at once, and read what another wrote', () =>
    onCopies(4, async (_stores, books) => {
      const inserted = await Promise.all(
        books.map((copy, at) => copy.insert(`${at}`, { shelf: 's', title: `${at}` })),
      );
      for (const copy of books) expect(await copy.getMany(['0', '1', '2', '3'])).toEqual(inserted);
    }));

  test('change one document 25 times each and lose no change', () =>
    onCopies(3, async (_stores, books) => {
      const [first] = books;
      await first?.insert('one', { shelf: 's', title: 't', year: 0 });
      const versions: number[] = [];
      await Promise.all(
        books.map(async (copy) => {
          for (let done = 0; done < 25; ) {
            const current = (await copy.get('one')) ?? ({} as never);
            const year = (current.year ?? 0) + 1;
            const replaced = await copy.replace({ ...current, year }, event(`${year}`)).catch((error) => {
              expect(error).toMatchObject({ code: 'VERSION_CONFLICT' });
              return null;
            });
            if (replaced === null) continue;
            versions.push(replaced.version);
            done += 1;
          }
        }),
      );
      expect(await first?.get('one')).toMatchObject({ year: 75, version: Math.max(...versions) });
      expect(new Set(versions).size).toBe(75);
    }));

  test('want one id, one unique place, and one document again after its removal: one of each gets it', () =>
    onCopies(4, async (_stores, books) => {
      const [first] = books;
      const gone = await first?.insert('again', { shelf: 'x', title: 'x' });
      await first?.remove(gone ?? ({} as never));
      const outcomes = await Promise.allSettled(
        books.flatMap((copy, at) => [
          copy.insert('one', { shelf: 'one', title: `${at}` }),
          copy.insert(`own-${at}`, { shelf: 'same', title: 'place' }),
          copy.insert('again', { shelf: 'again', title: `${at}` }),
        ]),
      );
      const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'ok' : outcome.reason.code));
      expect(codes.sort()).toEqual([
        ...Array(6).fill('ID_TAKEN'),
        ...Array(3).fill('UNIQUE_TAKEN'),
        ...Array(3).fill('ok'),
      ]);
      expect((await first?.get('again'))?.version).toBeGreaterThan(gone?.version ?? 0);
    }));

  test('relay the events of a copy that is gone, each event to its end', () =>
    onCopies(3, async ([first, second, third], [ofFirst]) => {
      await ofFirst?.insert('one', { shelf: 's', title: 't' }, event('a'));
      await ofFirst?.insert('two', { shelf: 's', title: 'u' }, event('b'));
      await first?.close();
      const [a] = (await second?.outbox.unsent(9)) ?? [];
      const both = (await third?.outbox.unsent(9)) ?? [];
      expect(both.map(({ id }) => id)).toEqual(['a', 'b']);
      expect(both[0]).toEqual(a);
      await second?.outbox.markSent([a?.sequence ?? 0], new Date(1_000));
      await third?.outbox.markSent(
        both.map(({ sequence }) => sequence),
        new Date(2_000),
      );
      expect(await second?.outbox.unsent(9)).toEqual([]);
      expect(await third?.outbox.resend(new Date(0))).toBe(2);
      expect((await second?.outbox.unsent(9))?.map(({ id }) => id)).toEqual(['a', 'b']);
    }));

  test('count up together and lose no count', () =>
    onCopies(3, async (stores) => {
      const counts = stores.map((store) => store.collection(COUNTS));
      await Promise.all(
        counts.flatMap((copy) => Array.from({ length: 40 }, () => copy.increment('c', { views: 1 }))),
      );
      expect(await counts[0]?.get('c')).toMatchObject({ views: 120 });
    }));
});

describeOnMongo('a writer that is killed', (open) => {
  test('loses nothing that it acknowledged, and shows nothing half-made', async () => {
    const opened = await open();
    const books = opened.store.collection(BOOKS);
    const acknowledged: string[] = [];
    for (const [round, count] of [1, 17, 150, 400].entries()) {
      const child = startChild('insert-child.ts', opened.url, `${round}`);
      let printed = '';
      child.stdout.on('data', (chunk) => {
        printed += String(chunk);
        if (printed.split('\n').length > count) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const lines = printed.split('\n').slice(0, -1);
      expect(lines.length).toBeGreaterThan(count - 1);
      acknowledged.push(...lines);
      // What it had sent may still be on its way through the server; what is half-made stays so.
      const stored = await waitUntil(async () => {
        const ids = await allIds(books, { index: 'id', limit: 1_000 });
        const found = await allIds(books, { index: 'byWord', equals: { words: 'all' }, limit: 1_000 });
        const events = (await opened.store.outbox.unsent(10_000)).map(({ id }) => id);
        expect(found.sort()).toEqual(ids);
        expect(events.sort()).toEqual(ids);
        return ids;
      });
      expect(new Set(stored)).toEqual(new Set([...stored, ...acknowledged]));
      const versions = (await books.getMany(stored)).map((book) => book?.version ?? 0);
      const next = await books.insert(`next-${round}`, { shelf: 'next', title: `${round}` });
      expect(next.version).toBeGreaterThan(Math.max(...versions));
      await books.remove(next);
    }
    await opened.dispose();
  });
});
