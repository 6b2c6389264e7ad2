import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import type { CollectionDefinition } from '../port.ts';
import { BOOKS, type OpenEmptyStore, onStore } from './contract-fixture.ts';

interface Loan {
  readonly reader: string;
  readonly bookId?: string;
  readonly note?: Uint8Array;
}

const LOANS: CollectionDefinition<Loan> = {
  name: 'loans',
  schema: Type.Object({ reader: Type.String(), bookId: Type.Optional(Type.String()) }),
  bytesField: 'note',
};

/** Documents read with what they name. */
export function joinContract(open: OpenEmptyStore): void {
  describe('a document that names another', () => {
    test(
      'is read with it, both as get brings them, events and all that is not theirs left out',
      onStore(open, async (store) => {
        const [loans, books] = [store.collection(LOANS), store.collection(BOOKS)];
        const read = store.join(LOANS, 'bookId', BOOKS);
        const events = () => [{ id: 'e', subject: 's', payload: '{}' }];
        await books.insert(
          'b1',
          { shelf: 'a', title: 'Ünï 😀', year: 7, scan: Uint8Array.of(1, 2) },
          { events },
        );
        await loans.insert('l1', { reader: 'r', bookId: 'b1', note: Uint8Array.of(3) }, { events });
        const both = { document: await loans.get('l1'), named: await books.get('b1') };
        expect(await read('l1')).toEqual(both);
        expect(both.named?.scan).toEqual(Uint8Array.of(1, 2));
        expect(await read('l2')).toBeNull();
      }),
    );

    test(
      'comes alone where there is none of that name, or it names none',
      onStore(open, async (store) => {
        const [loans, books] = [store.collection(LOANS), store.collection(BOOKS)];
        const read = store.join(LOANS, 'bookId', BOOKS);
        const gone = await books.insert('gone', { shelf: 'a', title: 'b' });
        await books.remove(gone);
        for (const [id, bookId] of Object.entries({ l1: 'none', l2: 'gone', l3: '\udc00', l4: '' }))
          await loans.insert(id, { reader: 'r', bookId });
        await loans.insert('l5', { reader: 'r' });
        for (const id of ['l1', 'l2', 'l3', 'l4', 'l5'])
          expect(await read(id)).toEqual({ document: await loans.get(id), named: null });
      }),
    );

    test(
      'is seen as it is now, with what it names now',
      onStore(open, async (store) => {
        const [loans, books] = [store.collection(LOANS), store.collection(BOOKS)];
        const read = store.join(LOANS, 'bookId', BOOKS);
        let [one, two] = [
          await books.insert('one', { shelf: 'a', title: '1' }),
          await books.insert('two', { shelf: 'a', title: '2' }),
        ];
        let loan = await loans.insert('l', { reader: 'r', bookId: 'one' });
        expect(await read('l')).toEqual({ document: loan, named: one });
        one = await books.replace({ ...one, title: '1b' });
        expect((await read('l'))?.named).toEqual(one);
        loan = await loans.replace({ ...loan, bookId: 'two' });
        expect(await read('l')).toEqual({ document: loan, named: two });
        await books.remove(two);
        expect(await read('l')).toEqual({ document: loan, named: null });
        two = await books.insert('two', { shelf: 'a', title: '2b' });
        expect((await read('l'))?.named).toEqual(two);
        await loans.remove(loan);
        expect(await read('l')).toBeNull();
      }),
    );

    test(
      'is read among many at once, each with its own',
      onStore(open, async (store) => {
        const [loans, books] = [store.collection(LOANS), store.collection(BOOKS)];
        const read = store.join(LOANS, 'bookId', BOOKS);
        const numbers = Array.from({ length: 120 }, (_, number) => number);
        await store.writeMany([
          ...numbers.map((n) => books.write.insert(`b${n}`, { shelf: 'a', title: `${n}` })),
          ...numbers.map((n) => loans.write.insert(`l${n}`, { reader: 'r', bookId: `b${n % 40}` })),
        ]);
        const found = await Promise.all([...numbers, 0, 1, 999].map((n) => read(`l${n}`)));
        expect(found.map((pair) => pair && [pair.document.id, pair.named?.title])).toEqual([
          ...[...numbers, 0, 1].map((n) => [`l${n}`, `${n % 40}`]),
          null,
        ]);
      }),
    );

    test(
      'names it by strings alone',
      onStore(open, async (store) => {
        expect(() => store.join(BOOKS, 'year', LOANS)).toThrow(
          new TypeError('Collection books: "year" must hold strings, by its schema, to name documents'),
        );
        expect(() => store.join(BOOKS, 'words', LOANS)).toThrow(TypeError);
      }),
    );
  });
}
