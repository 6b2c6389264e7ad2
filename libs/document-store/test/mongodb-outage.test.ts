import { setTimeout as pause } from 'node:timers/promises';
import { hasMongoStandIn, startMongoStandIn, type TestMongoStandIn, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DocumentStore, isStoreError } from '../index.ts';
import { allIds, BOOKS } from '../testing/contract-fixture.ts';
import { temporaryMongoStores } from '../testing/index.ts';
import { openMongoGate } from './mongo-gate.ts';

let server: TestMongoStandIn;

/** Inserts documents with an event, four at a time, until it is stopped. */
function startWriters(store: DocumentStore) {
  const books = store.collection(BOOKS);
  const acknowledged: string[] = [];
  const refused: unknown[] = [];
  let longestMs = 0;
  let next = 0;
  let isStopped = false;
  const writers = Array.from({ length: 4 }, async () => {
    while (!isStopped) {
      const id = `${next++}`.padStart(6, '0');
      const startedAt = performance.now();
      try {
        const events = () => [{ id, subject: 's', payload: '{}' }];
        await books.insert(id, { shelf: 's', title: id }, { events });
        acknowledged.push(id);
      } catch (error) {
        refused.push(error);
      }
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await pause(5);
    }
  });
  return {
    acknowledged,
    refused,
    async stop() {
      isStopped = true;
      await Promise.all(writers);
      return { longestMs };
    },
  };
}

/** Everything acknowledged is there, and the events are exactly those of what is there. */
async function expectWhole(store: DocumentStore, acknowledged: readonly string[]): Promise<void> {
  const stored = await allIds(store.collection(BOOKS), { index: 'id', limit: 1_000 });
  expect(new Set(stored)).toEqual(new Set([...stored, ...acknowledged]));
  expect((await store.outbox.unsent(100_000)).map(({ id }) => id).sort()).toEqual(stored);
}

(hasMongoStandIn() ? describe : describe.skip)('a server', () => {
  beforeAll(async () => {
    server = await startMongoStandIn({ keepsData: true });
  });

  afterAll(() => server.stop());

  test('that is away for three seconds costs clear errors in bounded time, and nothing that was acknowledged', async () => {
    const opened = await temporaryMongoStores(server)();
    const { store } = opened;
    const writers = startWriters(store);
    await waitUntil(() => writers.acknowledged.length > 50);
    await server.halt();
    const before = writers.acknowledged.length;
    await expect(store.check()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`mongodb://127.0.0.1:${server.port}/berth_test_`),
    });
    await pause(3_000);
    await server.restart();
    await waitUntil(() => writers.acknowledged.length > before + 50);
    const { longestMs } = await writers.stop();
    expect(longestMs).toBeLessThan(21_000);
    for (const error of writers.refused) expect(isStoreError(error, 'UNAVAILABLE')).toBe(true);
    await store.check();
    await expectWhole(store, writers.acknowledged);
    await opened.dispose();
  });

  test('whose connections are cut again and again loses nothing that was acknowledged', async () => {
    const gate = await openMongoGate(server.port);
    const opened = await temporaryMongoStores(gate)();
    const writers = startWriters(opened.store);
    for (let round = 0; round < 8; round += 1) {
      const before = writers.acknowledged.length;
      await waitUntil(() => writers.acknowledged.length > before + 20);
      await gate.shut();
      await gate.open();
    }
    await writers.stop();
    await expectWhole(opened.store, writers.acknowledged);
    await opened.dispose();
    await gate.close();
  });

  test('that answers no more is given up within seconds, and used again when it answers', async () => {
    const gate = await openMongoGate(server.port);
    const opened = await temporaryMongoStores(gate)();
    const books = opened.store.collection(BOOKS);
    const one = await books.insert('one', { shelf: 's', title: 't' });
    gate.setHanging(true);
    const startedAt = performance.now();
    const outcomes = await Promise.allSettled([
      books.get('one'),
      books.replace({ ...one, year: 1 }),
      opened.store.check(),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    }
    const copy = await opened.another().catch((error: unknown) => error);
    expect(copy).toMatchObject({ code: 'UNAVAILABLE' });
    gate.setHanging(false);
    await gate.shut();
    await gate.open();
    await waitUntil(() => opened.store.check().then(() => true));
    expect(await books.get('one')).toEqual(one);
    gate.setHanging(true);
    const reading = books.get('one').catch((error: unknown) => error);
    const closingAt = performance.now();
    await opened.store.close();
    expect(performance.now() - closingAt).toBeLessThan(9_000);
    expect(await reading).toMatchObject({ code: 'UNAVAILABLE' });
    gate.setHanging(false);
    await gate.shut();
    await gate.open();
    await opened.dispose();
    await gate.close();
  });

  test('that falls silent and then hangs up is used again by every store that was in the midst of its work', async () => {
    const gate = await openMongoGate(server.port);
    const opened = await Promise.all(Array.from({ length: 8 }, () => temporaryMongoStores(gate)()));
    const writers = opened.map(({ store }) => startWriters(store));
    for (let round = 0; round < 2; round += 1) {
      gate.setHanging(true);
      await pause(2_000);
      gate.setHanging(false);
      await gate.shut();
      await gate.open();
      await Promise.all(opened.map(({ store }) => waitUntil(() => store.check().then(() => true))));
    }
    await Promise.all(writers.map((each) => each.stop()));
    for (const [at, { store }] of opened.entries()) await expectWhole(store, writers[at]?.acknowledged ?? []);
    for (const { dispose } of opened) await dispose();
    await gate.close();
  });
});
