import { describe, expect, test } from '@jest/globals';
import type { PageQuery } from '../port.ts';
import {
  allIds,
  allPages,
  BOOKS,
  type Book,
  type OpenEmptyStore,
  onStore,
  shuffled,
  TITLES_IN_BINARY_ORDER,
} from './contract-fixture.ts';

/** Lists: order, ranges, cursors, list fields and bounded search. */
export function pageContract(open: OpenEmptyStore): void {
  /** A store with these books, inserted in no particular order. */
  function withBooks(
    books: Readonly<Record<string, Book>>,
    body: (pages: (query: Partial<PageQuery>) => Promise<string[]>) => Promise<void>,
  ): () => Promise<void> {
    return onStore(open, async (store) => {
      const collection = store.collection(BOOKS);
      await store.writeMany(
        shuffled(Object.entries(books)).map(([id, book]) =>
          collection.write.insert(id, book, { relaxed: true }),
        ),
      );
      await body((query) => allIds(collection, { index: 'id', limit: 2, ...query }));
    });
  }

  const titled = Object.fromEntries(
    TITLES_IN_BINARY_ORDER.map((title, index) => [
      `${String(index).padStart(2, '0')}`,
      { shelf: 's', title },
    ]),
  );
  const inOrder = Object.keys(titled).sort();

  describe('a page', () => {
    test(
      'has strings in binary order, both ways, over any number of pages',
      withBooks(
        { ...titled, other: { shelf: 'r', title: 'a' }, last: { shelf: 't', title: 'a' } },
        async (ids) => {
          for (const limit of [1, 2, 3, 5, 100]) {
            const query = { index: 'byTitle', equals: { shelf: 's' }, limit };
            expect(await ids(query)).toEqual(inOrder);
            expect(await ids({ ...query, descending: true })).toEqual([...inOrder].reverse());
          }
        },
      ),
    );

    test.each<[string, PageQuery['range'], (title: string, text: string) => boolean]>([
      ['gt', { gt: 'a.b' }, (index, bound) => index > bound],
      ['gte', { gte: 'a.b' }, (index, bound) => index >= bound],
      ['lt', { lt: 'a.b' }, (index, bound) => index < bound],
      ['lte', { lte: 'a.b' }, (index, bound) => index <= bound],
    ])('can be bounded by %s, both ways', async (_name, range, isWithin) => {
      await withBooks(titled, async (ids) => {
        const bound = inOrder[TITLES_IN_BINARY_ORDER.indexOf('a.b')] ?? '';
        const expected = inOrder.filter((id) => isWithin(id, bound));
        const query = { index: 'byTitle', equals: { shelf: 's' }, ...(range === undefined ? {} : { range }) };
        expect(await ids(query)).toEqual(expected);
        expect(await ids({ ...query, descending: true })).toEqual([...expected].reverse());
      })();
    });

    const dated = Object.fromEntries(
      [3, 1, 10, 2, 2, 2].map((year, index) => [`b${index}`, { shelf: 's', title: `t${9 - index}`, year }]),
    );

    test(
      'has numbers in the order of numbers; ties go by the following fields, then by id',
      withBooks({ ...dated, undated: { shelf: 's', title: 'x' } }, async (ids) => {
        const query = { index: 'byYear', equals: { shelf: 's' } };
        expect(await ids(query)).toEqual(['b1', 'b5', 'b4', 'b3', 'b0', 'b2']);
        expect(await ids({ ...query, descending: true })).toEqual(['b2', 'b0', 'b3', 'b4', 'b5', 'b1']);
        expect(await ids({ ...query, range: { gt: 1, lte: 3 } })).toEqual(['b5', 'b4', 'b3', 'b0']);
        expect(await ids({ ...query, range: { gte: 2, gt: 2, lt: 100, lte: 10 } })).toEqual(['b0', 'b2']);
        expect(await ids({ index: 'byYear', equals: { shelf: 's', year: 2 }, range: { gt: 't4' } })).toEqual([
          'b4',
          'b3',
        ]);
        expect(await ids({ index: 'byYear', equals: { shelf: 's', year: 2, title: 't5' } })).toEqual(['b4']);
        expect(await ids({ index: 'byYear', limit: 1 })).toHaveLength(6);
      }),
    );

    test(
      'goes by booleans too, and leaves out documents that lack a field of the index',
      withBooks(
        {
          a: { shelf: 's', title: 'a', isLent: true },
          b: { shelf: 's', title: 'b', isLent: false },
          c: { shelf: 's', title: 'c' },
          d: { shelf: 's', title: 'd', isLent: true },
        },
        async (ids) => {
          expect(await ids({ index: 'byLent', equals: { isLent: true }, limit: 1 })).toEqual(['a', 'd']);
          expect(await ids({ index: 'byLent', equals: { isLent: false } })).toEqual(['b']);
          expect(await ids({ index: 'byLent' })).toEqual(['b', 'a', 'd']);
        },
      ),
    );

    test(
      'goes by id where the index is "id"',
      withBooks(titled, async (ids) => {
        expect(await ids({ index: 'id' })).toEqual(inOrder);
        expect(await ids({ index: 'id', descending: true, limit: 5 })).toEqual([...inOrder].reverse());
        expect(await ids({ index: 'id', range: { gt: '03', lt: '06' } })).toEqual(['04', '05']);
        expect(await ids({ index: 'id', equals: { id: '03' } })).toEqual(['03']);
      }),
    );

    test(
      'has `next` exactly when more may follow',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        expect(await books.page({ index: 'id', limit: 1 })).toEqual({ items: [], next: null });
        const one = await books.insert('1', { shelf: 's', title: '1' });
        expect(await books.page({ index: 'id', limit: 1 })).toEqual({ items: [one], next: null });
        await books.insert('2', { shelf: 's', title: '2' });
        expect((await books.page({ index: 'id', limit: 1 })).next).toEqual(expect.any(String));
      }),
    );

    test(
      'neither skips nor repeats what stays, while documents come and go',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const title = (number: number) => String(number).padStart(3, '0');
        for (let number = 0; number < 20; number += 2) {
          await books.insert(title(number), { shelf: 's', title: title(number) }, { relaxed: true });
        }
        const query: PageQuery = { index: 'byTitle', equals: { shelf: 's' }, limit: 3 };
        const first = await books.page(query);
        const last = first.items.at(-1);
        await books.remove(last ?? { id: 'none', version: 0 });
        await books.insert('001', { shelf: 's', title: '001' });
        await books.insert('007', { shelf: 's', title: '007' });
        const second = await books.page({ ...query, after: first.next ?? '' });
        expect(second.items.map(({ id }) => id)).toEqual(['006', '007', '008']);
      }),
    );
  });

  describe('a cursor', () => {
    test(
      'belongs to its query: any other is CURSOR_INVALID, another limit is not another query',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        for (const title of ['a', 'b', 'c']) {
          await books.insert(title, { shelf: 's', title, year: 1 });
        }
        const query: PageQuery = { index: 'byTitle', equals: { shelf: 's' }, limit: 1 };
        const after = (await books.page(query)).next ?? '';
        expect((await books.page({ ...query, limit: 5, after })).items).toHaveLength(2);
        const others: PageQuery[] = [
          { ...query, equals: { shelf: 't' } },
          { ...query, descending: true },
          { ...query, range: { gt: '' } },
          { ...query, contains: { field: 'title', text: 'b' } },
          { ...query, index: 'byYear' },
          { index: 'id', limit: 1 },
        ];
        for (const other of others) {
          await expect(books.page({ ...other, after })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
        }
        for (const text of ['', 'nonsense', '😀', `${after}AAAA`, Buffer.from('[]').toString('base64url')]) {
          await expect(books.page({ ...query, after: text })).rejects.toMatchObject({
            code: 'CURSOR_INVALID',
          });
        }
        const papers = store.collection<Book>({ ...BOOKS, name: 'papers' });
        await expect(papers.page({ ...query, after })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
      }),
    );
  });

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

  describe('a search for a part', () => {
    test(
      'brings what contains the text, literally, in the order of the index',
      withBooks(
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
