import { describe, expect, test } from '@jest/globals';
import type { PageQuery } from '../port.ts';
import { allIds, allPages, BOOKS, type OpenEmptyStore, onBooks, onStore } from './contract-fixture.ts';

/** Lists by the entries of a list field, and by a part of a text. */
export function searchContract(open: OpenEmptyStore): void {
  describe('an index on a list', () => {
    test(
      'finds a document under each entry, and no longer under those that it lost',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const under = (word: string) => allIds(books, { index: 'byWord', equals: { words: word }, limit: 1 });
        const one = await books.insert('one', { shelf: 's', title: '1', words: ['x', 'y', 'x'], year: 5 });
        await books.insert('two', { shelf: 's', title: '2', words: ['y'], year: 3 });
        await books.insert('three', { shelf: 's', title: '3', words: ['y'] });
        await books.insert('four', { shelf: 's', title: '4', words: [], year: 1 });
        expect(await under('x')).toEqual(['one']);
        expect(await under('y')).toEqual(['two', 'one']);
        const changed = await books.replace({ ...one, words: ['y', 'z'], year: 1 });
        expect(await under('x')).toEqual([]);
        expect(await under('y')).toEqual(['one', 'two']);
        expect(await under('z')).toEqual(['one']);
        await books.remove(changed);
        expect(await under('y')).toEqual(['two']);
        expect(await under('z')).toEqual([]);
      }),
    );

    test(
      'pages and bounds as others do',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await store.writeMany(
          Array.from({ length: 30 }, (_, year) =>
            books.write.insert(`b${year}`, {
              shelf: 's',
              title: `${year}`,
              words: ['w', `only${year}`],
              year,
            }),
          ),
        );
        const query: PageQuery = { index: 'byWord', equals: { words: 'w' }, range: { gte: 10 }, limit: 7 };
        const pages = await allPages(books, { ...query, descending: true });
        expect(pages.map(({ items }) => items.length)).toEqual([7, 7, 6]);
        const years = pages.flatMap(({ items }) => items.map(({ year }) => year));
        expect(years).toEqual(Array.from({ length: 20 }, (_, index) => 29 - index));
      }),
    );
  });

  describe('a page of an index on a list', () => {
    test(
      'needs the entry that it is about',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await expect(books.page({ index: 'byWord', limit: 5 })).rejects.toThrow(/needs a value for words/);
      }),
    );
  });

  describe('a search for a part', () => {
    test(
      'brings what contains the text, literally, in the order of the index',
      onBooks(
        open,
        {
          a: { shelf: 's', title: '100%_a', isbn: 'X1' },
          b: { shelf: 's', title: '100 b' },
          c: { shelf: 's', title: 'a.*b' },
          d: { shelf: 'r', title: '100%_d' },
          e: { shelf: 's', title: 'ünï😀' },
        },
        async (ids) => {
          const containing = (text: string, field = 'title') =>
            ids({ index: 'byTitle', equals: { shelf: 's' }, contains: { field, text }, limit: 1 });
          expect(await containing('100')).toEqual(['b', 'a']);
          expect(await containing('0%_')).toEqual(['a']);
          expect(await containing('.*')).toEqual(['c']);
          expect(await containing('ï😀')).toEqual(['e']);
          expect(await containing('A.')).toEqual([]);
          expect(await containing('X', 'isbn')).toEqual(['a']);
          expect(await containing('s', 'shelf')).toEqual(['b', 'a', 'c', 'e']);
        },
      ),
    );

    test(
      'looks at a bounded number of documents per page, and gets through them all',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const total = 5_000;
        const title = (number: number) => String(number).padStart(6, '0');
        await store.writeMany(
          Array.from({ length: total }, (_, number) =>
            books.write.insert(title(number), { shelf: 's', title: title(number) }, { relaxed: true }),
          ),
        );
        const query: PageQuery = {
          index: 'byTitle',
          equals: { shelf: 's' },
          contains: { field: 'title', text: '4999' },
          limit: 10,
        };
        const pages = await allPages(books, query);
        expect(pages[0]).toEqual({ items: [], next: expect.any(String) });
        expect(pages.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(['004999']);
      }),
    );
  });
}
