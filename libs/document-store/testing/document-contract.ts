import { describe, expect, test } from '@jest/globals';
import { BOOKS, type Book, type OpenEmptyStore, onStore } from './contract-fixture.ts';

/** One document: what is stored, by which version, and what is refused. */
export function documentContract(open: OpenEmptyStore): void {
  describe('a document', () => {
    test(
      'is read as it was inserted, with its id and version',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const body = {
          shelf: 'a',
          title: 'Ünï\u0000cödé 😀 "\\',
          year: 1.5e3,
          isLent: false,
          words: ['x', 'x', ''],
        };
        const inserted = await books.insert('one', body);
        expect(inserted).toEqual({ ...body, id: 'one', version: expect.any(Number) });
        expect(await books.get('one')).toEqual(inserted);
        expect(await books.getMany(['none', 'one', 'one'])).toEqual([null, inserted, inserted]);
        expect(await books.get('none')).toBeNull();
        expect(await books.getMany([])).toEqual([]);
        expect(await books.existing(['none', 'one', 'one', '\ud800'])).toEqual(new Set(['one']));
        expect(await books.existing([])).toEqual(new Set());
      }),
    );

    test.each([
      'a/b',
      'x'.repeat(1_000),
      'ü 😀',
      "'; DROP TABLE books; --",
      '$where',
      '__proto__',
      'a\u0000b',
      '%',
    ])('may have the id %j', async (id) => {
      await onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const inserted = await books.insert(id, { shelf: 's', title: 't' });
        expect(inserted.id).toBe(id);
        expect(await books.get(id)).toEqual(inserted);
        expect((await books.page({ index: 'id', limit: 2 })).items).toEqual([inserted]);
        await books.remove(inserted);
        expect(await books.get(id)).toBeNull();
        expect(await books.existing([id])).toEqual(new Set());
      })();
    });

    test(
      'is apart from one of the same id in another collection',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const papers = store.collection<Book>({ ...BOOKS, name: 'papers' });
        const book = await books.insert('same', { shelf: 'a', title: 'book', isbn: '1' });
        const paper = await papers.insert('same', { shelf: 'a', title: 'paper', isbn: '1' });
        await books.remove(book);
        expect(await papers.get('same')).toEqual(paper);
      }),
    );

    test(
      'is not changed by changing what was given or read',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const words = ['a'];
        const scan = Uint8Array.of(1, 2);
        const inserting = books.insert('one', { shelf: 'a', title: 'b', words, scan });
        words.push('b');
        scan[0] = 9;
        await inserting;
        const read = await books.get('one');
        expect(read).toMatchObject({ words: ['a'], scan: Uint8Array.of(1, 2) });
        Object.assign(read ?? {}, { title: 'changed' });
        expect(await books.get('one')).toMatchObject({ title: 'b' });
      }),
    );

    test(
      'is inserted once: a taken id is ID_TAKEN and changes nothing',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const first = await books.insert('one', { shelf: 'a', title: 'first', isbn: '1' });
        await expect(books.insert('one', { shelf: 'a', title: 'first', isbn: '1' })).rejects.toMatchObject({
          name: 'StoreError',
          code: 'ID_TAKEN',
        });
        expect(await books.get('one')).toEqual(first);
      }),
    );

    test(
      'is replaced and removed by version only',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const first = await books.insert('one', { shelf: 'a', title: 'first', year: 1 });
        const second = await books.replace({
          id: first.id,
          version: first.version,
          shelf: 'a',
          title: 'second',
        });
        expect(second.version).toBeGreaterThan(first.version);
        expect(await books.get('one')).toEqual(second);
        expect(second).not.toHaveProperty('year');
        const conflict = { name: 'StoreError', code: 'VERSION_CONFLICT' };
        await expect(books.replace(first)).rejects.toMatchObject(conflict);
        await expect(books.remove(first)).rejects.toMatchObject(conflict);
        await expect(books.replace({ ...second, id: 'none' })).rejects.toMatchObject(conflict);
        await expect(books.remove({ id: 'none', version: 1 })).rejects.toMatchObject(conflict);
        expect(await books.get('one')).toEqual(second);
        await books.remove(second);
        expect(await books.get('one')).toBeNull();
        await expect(books.remove(second)).rejects.toMatchObject(conflict);
        await expect(books.replace(second)).rejects.toMatchObject(conflict);
      }),
    );

    test(
      'has versions that grow, also when it is removed and inserted again',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const versions: number[] = [];
        for (let round = 0; round < 5; round += 1) {
          const inserted = await books.insert('one', { shelf: 'a', title: 'b' });
          const replaced = await books.replace({ ...inserted, title: `b${round}` });
          versions.push(inserted.version, replaced.version);
          await books.remove(replaced);
        }
        expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
        expect(versions.every(Number.isSafeInteger)).toBe(true);
      }),
    );

    test('has versions by the clock in microseconds, and growing when the clock goes back', async () => {
      let now = 5_000_000;
      const opened = await open({ clock: () => now });
      try {
        const books = opened.store.collection(BOOKS);
        const first = await books.insert('one', { shelf: 'a', title: 'b' });
        expect(first.version).toBe(5_000_000_000);
        now = 4_000_000;
        const second = await books.replace(first);
        expect(second.version).toBeGreaterThan(first.version);
        await books.remove(second);
        now = 1;
        const reopened = (await opened.reopen({ clock: () => now })).collection(BOOKS);
        const third = await reopened.insert('one', { shelf: 'a', title: 'b' });
        expect(third.version).toBeGreaterThan(second.version);
        now = 6_000_000;
        expect((await reopened.replace(third)).version).toBe(6_000_000_000);
      } finally {
        await opened.dispose();
      }
    });

    test(
      'that does not fit its schema is BODY_INVALID, and says where',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const wrong = { shelf: 'a', title: 7 } as never;
        await expect(books.insert('one', wrong)).rejects.toMatchObject({
          code: 'BODY_INVALID',
          message: expect.stringContaining('/title'),
        });
        const good = await books.insert('one', { shelf: 'a', title: 'b' });
        await expect(books.replace({ ...good, colour: 'red' } as never)).rejects.toMatchObject({
          code: 'BODY_INVALID',
          message: expect.stringContaining('colour'),
        });
        await expect(
          books.insert('two', { shelf: 'a', title: 'b2', scan: 'text' } as never),
        ).rejects.toMatchObject({
          code: 'BODY_INVALID',
        });
        expect(await books.get('one')).toEqual(good);
        expect(await books.get('two')).toBeNull();
      }),
    );

    test(
      'of an id or an indexed string with half a surrogate pair is refused, and not found',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.insert('\ufffd', { shelf: 'a', title: '\ufffd' });
        expect(await books.get('\ud800')).toBeNull();
        expect(await books.getMany(['\udc00'])).toEqual([null]);
        const invalid = { code: 'BODY_INVALID' };
        await expect(books.insert('\ud800', { shelf: 'a', title: 't' })).rejects.toMatchObject(invalid);
        await expect(books.insert('x', { shelf: 'a', title: '\ud800' })).rejects.toMatchObject(invalid);
      }),
    );
  });

  describe('the data', () => {
    test(
      'is there after the store was closed and opened again',
      onStore(open, async (store, opened) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', { shelf: 'a', title: 'b', words: ['w'], year: 1 });
        const closing = books.insert('two', { shelf: 'a', title: 'c' });
        const reopened = (await opened.reopen()).collection(BOOKS);
        expect(await reopened.get('one')).toEqual(one);
        expect(await reopened.get('two')).toEqual(await closing);
        const query = { index: 'byWord', equals: { words: 'w' }, limit: 5 };
        expect((await reopened.page(query)).items).toEqual([one]);
      }),
    );

    test(
      'cannot be reached through a closed store: UNAVAILABLE',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.insert('one', { shelf: 'a', title: 'b' });
        await store.check();
        await store.close();
        await store.close();
        const unavailable = { code: 'UNAVAILABLE' };
        await expect(books.get('one')).rejects.toMatchObject(unavailable);
        await expect(books.insert('two', { shelf: 'a', title: 'c' })).rejects.toMatchObject(unavailable);
        await expect(store.check()).rejects.toMatchObject(unavailable);
      }),
    );
  });
}
