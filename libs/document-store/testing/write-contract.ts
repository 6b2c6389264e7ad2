import { describe, expect, test } from '@jest/globals';
import { BOOKS, COUNTS, type OpenEmptyStore, onStore } from './contract-fixture.ts';

const event = (id: string) => ({ events: () => [{ id, subject: 's', payload: '{}' }] });

/** Many writers, and many writes at once. */
export function writeContract(open: OpenEmptyStore): void {
  describe('many writers', () => {
    test(
      'of one document: 50 who read, change and replace it lose no change',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.insert('one', { shelf: 's', title: 't', year: 0 });
        const versions: number[] = [];
        await Promise.all(
          Array.from({ length: 50 }, async () => {
            for (let isDone = false; !isDone; ) {
              const current = await books.get('one');
              if (current === null) {
                throw new Error('the document is gone');
              }
              try {
                versions.push((await books.replace({ ...current, year: (current.year ?? 0) + 1 })).version);
                isDone = true;
              } catch (error) {
                expect(error).toMatchObject({ code: 'VERSION_CONFLICT' });
              }
            }
          }),
        );
        expect(await books.get('one')).toMatchObject({ year: 50, version: Math.max(...versions) });
        expect(new Set(versions).size).toBe(50);
      }),
    );

    test(
      'who hold the same version: one of 50 wins',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', { shelf: 's', title: 't' });
        const outcomes = await Promise.allSettled(
          Array.from({ length: 50 }, (_, year) =>
            year % 2 ? books.remove(one) : books.replace({ ...one, year }),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }),
    );

    test(
      'each read what they wrote',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await Promise.all(
          Array.from({ length: 50 }, async (_, year) => {
            await books.get(`${year}`);
            const inserted = await books.insert(`${year}`, { shelf: 's', title: `${year}` });
            expect(await books.get(`${year}`)).toEqual(inserted);
            const equals = { shelf: 's', title: `${year}` };
            expect((await books.page({ index: 'byTitle', equals, limit: 1 })).items).toEqual([inserted]);
          }),
        );
      }),
    );
  });

  describe('writeMany', () => {
    test(
      'executes in order, over collections, and yields what each write yields',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const counts = store.collection(COUNTS);
        const old = await books.insert('old', { shelf: 's', title: 'old' });
        const before = store.counters.documentWrites;
        const results = await store.writeMany([
          books.write.remove(old, event('a')),
          books.write.insert('new', { shelf: 's', title: 'old' }, event('b')),
          counts.write.increment('c', { views: 2 }),
          books.write.insert('relaxed', { shelf: 's', title: 'r' }, { relaxed: true }),
        ]);
        expect(results[0]).toBeUndefined();
        expect(results[1]).toEqual(await books.get('new'));
        expect(results[2]).toBeUndefined();
        expect(results[3]).toEqual(await books.get('relaxed'));
        expect(await counts.get('c')).toMatchObject({ views: 2 });
        expect((await store.outbox.unsent(9)).map(({ id }) => id)).toEqual(['a', 'b']);
        expect(store.counters.documentWrites - before).toBe(4);
      }),
    );

    test(
      'of nothing does nothing',
      onStore(open, async (store) => {
        expect(await store.writeMany([])).toEqual([]);
      }),
    );

    test(
      'may change one document several times',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const [one] = await store.writeMany([books.write.insert('one', { shelf: 's', title: 't' })]);
        expect(one).toEqual(await books.get('one'));
        await store.writeMany([
          books.write.remove(one as { id: string; version: number }),
          books.write.insert('one', { shelf: 's', title: 'again' }),
        ]);
        expect(await books.get('one')).toMatchObject({ title: 'again' });
      }),
    );

    test(
      'inserts many, those among them again whose id was removed',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const old = await books.insert('7', { shelf: 'o', title: 'o', year: 1 }, event('old'));
        await books.remove(old, event('gone'));
        const writes = Array.from({ length: 1_200 }, (_, number) =>
          books.write.insert(`${number}`, { shelf: 's', title: `${number}` }, event(`${number}`)),
        );
        const results = (await store.writeMany(writes)) as { id: string; version: number }[];
        expect(results).toHaveLength(1_200);
        expect(results[7]).toEqual(await books.get('7'));
        expect(results[7]?.version).toBeGreaterThan(old.version);
        const ids = (await store.outbox.unsent(2_000)).map(({ id }) => id);
        expect(ids.slice(0, 2)).toEqual(['old', 'gone']);
        expect(ids.slice(2)).toEqual(results.map(({ id }) => id));
      }),
    );

    test.each([
      ['a taken id', 'ID_TAKEN', { shelf: 's', title: 'new' }],
      ['a taken unique field', 'UNIQUE_TAKEN', { shelf: 's', title: 'taken' }],
      ['a body that does not fit', 'BODY_INVALID', { shelf: 7, title: 'new' }],
    ])('ends at %s: what came before stays, what comes after is not done', async (_name, code, body) => {
      await onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        await books.insert('taken', { shelf: 's', title: 'taken' });
        const id = code === 'ID_TAKEN' ? 'taken' : 'new';
        const before = store.counters.documentWrites;
        const writing = store.writeMany([
          books.write.insert('1', { shelf: 's', title: '1' }, event('1')),
          books.write.insert('2', { shelf: 's', title: '2' }, event('2')),
          books.write.insert(id, body as never, event('3')),
          books.write.insert('4', { shelf: 's', title: '4' }, event('4')),
        ]);
        await expect(writing).rejects.toMatchObject({ name: 'StoreError', code, detail: { index: 2 } });
        expect((await books.getMany(['1', '2', 'new', '4'])).map((book) => book?.id)).toEqual([
          '1',
          '2',
          undefined,
          undefined,
        ]);
        expect((await store.outbox.unsent(9)).map((stored) => stored.id)).toEqual(['1', '2']);
        expect(store.counters.documentWrites - before).toBe(2);
      })();
    });

    test(
      'of several callers do not mix up their outcomes',
      onStore(open, async (store) => {
        const books = store.collection(BOOKS);
        const outcomes = await Promise.allSettled(
          Array.from({ length: 40 }, (_, caller) =>
            store.writeMany([
              books.write.insert(`${caller}`, { shelf: 's', title: `${caller}` }),
              books.write.insert(`only-${caller % 4}`, { shelf: 'o', title: `${caller % 4}` }),
              books.write.insert(`after-${caller}`, { shelf: 'a', title: `${caller}` }),
            ]),
          ),
        );
        const winners = outcomes.flatMap(({ status }, caller) => (status === 'fulfilled' ? [caller] : []));
        expect(winners).toHaveLength(4);
        for (let caller = 0; caller < 40; caller += 1) {
          expect(await books.get(`${caller}`)).not.toBeNull();
          expect((await books.get(`after-${caller}`)) !== null).toBe(winners.includes(caller));
        }
      }),
    );
  });

  describe('a relaxed write', () => {
    test(
      'is read at once and in order with durable ones',
      onStore(open, async (store, opened) => {
        const books = store.collection(BOOKS);
        const one = await books.insert('one', { shelf: 's', title: 't' }, { relaxed: true });
        expect(await books.get('one')).toEqual(one);
        const two = await books.replace({ ...one, year: 1 });
        await books.remove(two, { relaxed: true });
        await books.insert('two', { shelf: 's', title: 't' });
        const reopened = (await opened.reopen()).collection(BOOKS);
        expect((await reopened.page({ index: 'id', limit: 9 })).items.map(({ id }) => id)).toEqual(['two']);
      }),
    );
  });
}
