import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import type { CollectionDefinition } from '../port.ts';
import { BOOKS, type OpenEmptyStore, onStore } from './contract-fixture.ts';

interface Note {
  readonly title: string;
  readonly place?: string;
}

/** A collection whose documents may have any further fields. */
const NOTES: CollectionDefinition<Note> = {
  name: 'notes',
  schema: Type.Object({ title: Type.String(), place: Type.Optional(Type.String()) }),
  unique: { spot: ['title', 'place'] },
  indexes: { byTitle: [{ field: 'title' }] },
};

const never = undefined as never;

/** Fields with rules of their own: bytes, and those that are unique. */
export function fieldContract(open: OpenEmptyStore): void {
  describe('a field of bytes', () => {
    test(
      'comes with get and getMany, not with pages nor where it is left out, and survives a replacement without it',
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
        expect((await books.getMany(['one'], { withoutBytes: true }))[0]).not.toHaveProperty('scan');
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
      'of 4 MiB is stored; a document inserted again after its removal has none of those before',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const scan = new Uint8Array(4 * 1024 * 1024).fill(7);
        const one = await books.insert('one', { shelf: 'a', title: 'b', scan });
        expect(Buffer.compare((await books.get('one'))?.scan ?? new Uint8Array(0), scan)).toBe(0);
        await books.remove(one);
        const again = await books.insert('one', { shelf: 'a', title: 'c' });
        expect(await books.get('one')).toEqual(again);
      }),
    );

    test(
      'may have 15 MiB with the rest of the body; more is BODY_INVALID',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const scan = new Uint8Array(15 * 1024 * 1024);
        const tooLarge = { code: 'BODY_INVALID', message: expect.stringMatching(/15728\d+ bytes.*15728640/) };
        await expect(books.insert('one', { shelf: 'a', title: 'b', scan })).rejects.toMatchObject(tooLarge);
        const most = scan.subarray(100);
        const one = await books.insert('one', { shelf: 'a', title: 'b', scan: most });
        expect((await books.get('one'))?.scan?.byteLength).toBe(most.byteLength);
        await expect(books.replace({ ...one, scan })).rejects.toMatchObject(tooLarge);
        await expect(
          store.writeMany(['2', '3'].map((id) => books.write.insert(id, { shelf: id, title: id, scan }))),
        ).rejects.toMatchObject({ ...tooLarge, detail: { index: 0 } });
        expect((await books.get('one'))?.version).toBe(one.version);
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

  describe('a body', () => {
    test.each<[string, object]>([
      [
        'names that mean something to databases',
        { $set: { $inc: 1, 'a.b': { '': null } }, 'c.d': 1, __v: 2 },
      ],
      [
        'a field that is null, and lists of anything',
        { note: null, list: [1, 'x', null, [true]], empty: [] },
      ],
      ['text that is no Unicode, where no index is', { note: 'a\ud800', list: ['\udc00'] }],
      ['text with anything in it', { note: '\u0000\u0001 "\\ ü \ufffd 😀 $', list: ['\u0000', ''] }],
      ['numbers of every size', { note: 2 ** 53 - 1, list: [-(2 ** 31), 2 ** 31, 0.1, 1e300, -1] }],
      ['what JSON leaves out', { note: undefined, list: [] }],
    ])('is read as JSON has it: %s', async (_name, extra) => {
      await onStore(open, async (store) => {
        const notes = store.collection(NOTES);
        const inserted = await notes.insert('one', { title: 't', ...extra });
        const expected = JSON.parse(JSON.stringify({ ...extra, title: 't' }));
        expect(await notes.get('one')).toEqual({ ...expected, id: 'one', version: inserted.version });
        const [paged] = (await notes.page({ index: 'byTitle', limit: 1 })).items;
        expect(paged).toEqual({ ...expected, id: 'one', version: inserted.version });
        const replaced = await notes.replace({ id: 'one', version: inserted.version, title: 'u' });
        expect(await notes.get('one')).toEqual({ title: 'u', id: 'one', version: replaced.version });
      })();
    });
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
      'of several fields does not bind documents that have only some of them',
      onStore(open, async (store) => {
        const notes = store.collection(NOTES);
        await notes.insert('1', { title: 't' });
        await notes.insert('2', { title: 't' });
        await notes.insert('3', { title: 't', place: 'p' });
        await notes.insert('4', { title: 'u', place: 'p' });
        const taken = { code: 'UNIQUE_TAKEN', detail: { unique: 'spot', id: '3' } };
        await expect(notes.insert('5', { title: 't', place: 'p' })).rejects.toMatchObject(taken);
        const two = await notes.get('2');
        await expect(notes.replace({ ...(two ?? never), place: 'p' })).rejects.toMatchObject(taken);
        const three = await notes.get('3');
        await notes.replace({ id: '3', version: three?.version ?? 0, title: 't' });
        await notes.replace({ ...(two ?? never), place: 'p' });
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
