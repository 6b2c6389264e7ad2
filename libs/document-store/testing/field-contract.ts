import { describe, expect, test } from '@jest/globals';
import { BOOKS, type OpenEmptyStore, onStore } from './contract-fixture.ts';

/** Fields with rules of their own: bytes, and those that are unique. */
export function fieldContract(open: OpenEmptyStore): void {
  describe('a field of bytes', () => {
    test(
      'comes with get and getMany, not with pages, and survives a replacement without it',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const all = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
        const inserted = await books.insert('one', {
          shelf: 'a',
          title: 'b',
          scan: all.subarray(10, 299_000),
        });
        const read = await books.get('one');
        expect(read?.scan).toBeInstanceOf(Uint8Array);
        expect(Buffer.compare(read?.scan ?? all, all.subarray(10, 299_000))).toBe(0);
        expect((await books.getMany(['one']))[0]?.scan?.byteLength).toBe(298_990);
        const [paged] = (await books.page({ index: 'byTitle', equals: { shelf: 'a' }, limit: 1 })).items;
        expect(paged).toEqual({ id: 'one', version: inserted.version, shelf: 'a', title: 'b' });
        const replaced = await books.replace({
          shelf: 'a',
          title: 'c',
          id: 'one',
          version: inserted.version,
        });
        expect((await books.get('one'))?.scan?.byteLength).toBe(298_990);
        await books.replace({ ...replaced, scan: new Uint8Array(0) });
        expect((await books.get('one'))?.scan).toEqual(new Uint8Array(0));
      }),
    );

    test(
      'that a document lacks is missing in it',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.insert('one', { shelf: 'a', title: 'b' });
        expect(await books.get('one')).not.toHaveProperty('scan');
      }),
    );
  });

  describe('a unique set of fields', () => {
    test(
      'is taken by one document: insert and replace are UNIQUE_TAKEN and name the other',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.insert('one', { shelf: 'a', title: 'b', isbn: '1' });
        const two = await books.insert('two', { shelf: 'a', title: 'c', isbn: '2' });
        await expect(books.insert('three', { shelf: 'a', title: 'b' })).rejects.toMatchObject({
          code: 'UNIQUE_TAKEN',
          detail: { unique: 'place', id: 'one' },
        });
        await expect(books.replace({ ...two, isbn: '1' })).rejects.toMatchObject({
          code: 'UNIQUE_TAKEN',
          detail: { unique: 'isbn', id: 'one' },
        });
        expect(await books.get('two')).toEqual(two);
        expect(await books.get('three')).toBeNull();
        expect((await books.replace({ ...two, year: 3 })).year).toBe(3);
      }),
    );

    test(
      'is free again when its document is removed or changed',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', { shelf: 'a', title: 'b', isbn: '1' });
        const moved = await books.replace({ ...one, isbn: '2' });
        const two = await books.insert('two', { shelf: 'a', title: 'c', isbn: '1' });
        await books.remove(moved);
        await books.replace({ ...two, title: 'b', isbn: '2' });
      }),
    );

    test(
      'does not bind documents that lack one of its fields',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.insert('one', { shelf: 'a', title: 'b' });
        await books.insert('two', { shelf: 'a', title: 'c' });
      }),
    );

    test(
      'goes to exactly one of 50 who want it at once',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const outcomes = await Promise.allSettled(
          Array.from({ length: 50 }, (_, index) => books.insert(`${index}`, { shelf: 'a', title: 'b' })),
        );
        const refused = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason.code] : [],
        );
        expect(refused).toEqual(Array(49).fill('UNIQUE_TAKEN'));
        expect((await books.page({ index: 'id', limit: 10 })).items).toHaveLength(1);
      }),
    );
  });
}
