import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import type { PageQuery } from '../port.ts';
import {
  allIds,
  BOOKS,
  type Book,
  type OpenEmptyStore,
  onBooks,
  onStore,
  TITLES_IN_BINARY_ORDER,
} from './contract-fixture.ts';

/** Lists: order, ranges, cursors, list fields and bounded search. */
export function pageContract(open: OpenEmptyStore): void {
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
      onBooks(
        open,
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
      await onBooks(open, titled, async (ids) => {
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
      onBooks(open, { ...dated, undated: { shelf: 's', title: 'x' } }, async (ids) => {
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
      onBooks(
        open,
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
      'goes by fields that only some kinds of document have, as the schema of each says',
      onStore(open, async (store) => {
        const Person = Type.Object({ kind: Type.Literal('person'), admin: Type.Boolean() });
        const Robot = Type.Object({ kind: Type.Literal('robot'), place: Type.Optional(Type.Integer()) });
        const accounts = store.collection<{ kind: string; admin?: boolean; place?: number }>({
          name: 'accounts',
          schema: Type.Object({ kind: Type.String() }, { oneOf: [Person, Robot] }),
          indexes: { byAdmin: [{ field: 'admin' }], byPlace: [{ field: 'kind' }, { field: 'place' }] },
        });
        await accounts.insert('a', { kind: 'person', admin: true });
        await accounts.insert('b', { kind: 'robot', place: 10 });
        await accounts.insert('c', { kind: 'robot', place: 9 });
        await accounts.insert('d', { kind: 'robot' });
        expect(await allIds(accounts, { index: 'byAdmin', limit: 1 })).toEqual(['a']);
        expect(await allIds(accounts, { index: 'byPlace', limit: 1 })).toEqual(['c', 'b']);
        const wrong = { kind: 'person', place: 1 };
        await expect(accounts.insert('e', wrong)).rejects.toMatchObject({ code: 'BODY_INVALID' });
      }),
    );

    test(
      'goes by id where the index is "id"',
      onBooks(open, titled, async (ids) => {
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

    test(
      'of large documents ends before its limit, and goes on after them',
      onStore(open, async (store) => {
        const books = store.collection<Book>({ ...BOOKS, name: 'tomes', pageBytes: 80_000 });
        const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
        for (const id of ids) await books.insert(id, { shelf: 's', title: id, words: ['w'.repeat(30_000)] });
        const query: PageQuery = { index: 'byTitle', equals: { shelf: 's' }, limit: 100 };
        const { items, next } = await books.page(query);
        expect(items.map(({ id }) => id)).toEqual(ids.slice(0, 3));
        const rest = await books.page({ ...query, after: next ?? '' });
        expect(rest.items.map(({ id }) => id)).toEqual(ids.slice(3));
        expect(rest.next).toBeNull();
      }),
    );
  });
}
