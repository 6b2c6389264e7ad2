import { hasMongoStandIn, startMongoStandIn, type TestMongoStandIn } from '@berth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Collection, DocumentStore } from '../index.ts';
import { BOOKS, type Book, COUNTS, type Count } from '../testing/contract-fixture.ts';
import { type OpenMongoStore, temporaryMongoStores } from '../testing/index.ts';
import { type MongoGate, openMongoGate } from './mongo-gate.ts';

let server: TestMongoStandIn;
let gate: MongoGate;
let opened: OpenMongoStore;
let store: DocumentStore;
let books: Collection<Book>;
let counts: Collection<Count>;

const event = (id: string) => ({ events: () => [{ id, subject: 's', payload: '{}' }] });
const unsent = async () => (await store.outbox.unsent(99)).map(({ id }) => id);

(hasMongoStandIn() ? describe : describe.skip)('a write whose answer is lost', () => {
  beforeAll(async () => {
    server = await startMongoStandIn();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    gate = await openMongoGate(server.port);
    opened = await temporaryMongoStores(gate)();
    store = opened.store;
    books = store.collection(BOOKS);
    counts = store.collection(COUNTS);
    await books.get('none');
    await counts.get('none');
  });

  afterEach(async () => {
    await opened.dispose();
    await gate.close();
  });

  test('is known as the own: an insertion', async () => {
    const lost = gate.loseAnswers('insert');
    const inserted = await books.insert('one', { shelf: 's', title: 't' }, event('a'));
    expect(lost.left).toBe(0);
    expect(await books.get('one')).toEqual(inserted);
    expect(await unsent()).toEqual(['a']);
  });

  test('is known as the own: an insertion in the place of a removed document', async () => {
    await books.remove(await books.insert('one', { shelf: 's', title: 't' }, event('a')), event('b'));
    const lost = gate.loseAnswers('update');
    const inserted = await books.insert('one', { shelf: 's', title: 'u' }, event('c'));
    expect(lost.left).toBe(0);
    expect(await books.get('one')).toEqual(inserted);
    expect(await unsent()).toEqual(['a', 'b', 'c']);
  });

  test('is known as the own: a replacement and a removal', async () => {
    const one = await books.insert('one', { shelf: 's', title: 't' });
    gate.loseAnswers('update');
    const two = await books.replace({ ...one, year: 1 }, event('a'));
    expect(await books.get('one')).toEqual(two);
    const lost = gate.loseAnswers('update');
    await books.remove(two, event('b'));
    expect(lost.left).toBe(0);
    expect(await books.get('one')).toBeNull();
    expect(await unsent()).toEqual(['a', 'b']);
  });

  test('is known as the own though others wrote the document since', async () => {
    const one = await books.insert('one', { shelf: 's', title: 't' });
    const others = (await opened.another()).collection(BOOKS);
    const lost = gate.loseAnswers('update');
    const replacing = books.replace({ ...one, year: 1 });
    for (let isDone = false; !isDone; ) {
      const current = await others.get('one');
      if (current?.year === 1) {
        await others.replace({ ...current, isLent: true });
        isDone = true;
      }
    }
    const replaced = await replacing;
    expect(lost.left).toBe(0);
    expect(replaced.version).toBeGreaterThan(one.version);
    expect(await books.get('one')).toMatchObject({ year: 1, isLent: true });
  });

  test('is not taken for the own when another was faster', async () => {
    const one = await books.insert('one', { shelf: 's', title: 't' });
    await books.replace({ ...one, year: 2 });
    const lost = gate.loseAnswers('update');
    await expect(books.replace({ ...one, year: 1 })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(lost.left).toBe(0);
    gate.loseAnswers('insert');
    await expect(books.insert('one', { shelf: 's', title: 'u' })).rejects.toMatchObject({ code: 'ID_TAKEN' });
    gate.loseAnswers('insert');
    const taken = { code: 'UNIQUE_TAKEN', detail: { unique: 'place', id: 'one' } };
    await expect(books.insert('two', { shelf: 's', title: 't' })).rejects.toMatchObject(taken);
    expect(await books.get('one')).toMatchObject({ year: 2 });
  });

  test('in a writeMany is known as the own, and the later ones are done', async () => {
    const lost = gate.loseAnswers('insert');
    await store.writeMany(
      ['1', '2', '3'].map((id) => books.write.insert(id, { shelf: 's', title: id }, event(id))),
    );
    expect(lost.left).toBe(0);
    expect((await books.getMany(['1', '2', '3'])).map((book) => book?.title)).toEqual(['1', '2', '3']);
    expect(await unsent()).toEqual(['1', '2', '3']);
  });

  test('is UNAVAILABLE where it cannot be known, and an increment is not done twice', async () => {
    await counts.increment('c', { views: 1 });
    gate.loseAnswers('update');
    await expect(counts.increment('c', { views: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await counts.get('c')).toMatchObject({ views: 2 });
    const one = await books.insert('one', { shelf: 's', title: 't' });
    const lost = gate.loseAnswers('update', 2);
    await expect(books.replace({ ...one, year: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(lost.left).toBe(0);
  });

  test('is a read: it is done again', async () => {
    const one = await books.insert('one', { shelf: 's', title: 't' });
    const lost = gate.loseAnswers('find');
    expect(await books.get('one')).toEqual(one);
    expect(lost.left).toBe(0);
  });
});
