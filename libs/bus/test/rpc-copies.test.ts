import { isServiceError, type RpcMethod } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Bus } from '../index.ts';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { gate } from './parts/gate.ts';
import { store } from './parts/methods.ts';
import { refusalOf } from './parts/refusal-of.ts';

let testBus: TestBus;
let caller: Bus;
let servers: Bus[] = [];

beforeAll(async () => {
  testBus = await startTestBus();
  caller = testBus.bus;
});
afterAll(() => testBus.stop());
beforeEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function connectServer(options: Parameters<TestBus['connect']>[0] = {}): Promise<Bus> {
  const server = await testBus.connect({ service: 'metadata', ...options });
  servers.push(server);
  return server;
}

/** Subscriptions are sent, but not yet known to the server: the first calls may find nobody. */
async function untilServed(method: RpcMethod): Promise<void> {
  await waitUntil(() =>
    caller.call(method, { text: 'are you there?' }, { timeoutMs: 500 }).then(
      () => true,
      (error) => !isServiceError(error, 'UNAVAILABLE'),
    ),
  );
}

describe('Copies of a service', () => {
  test('share the calls', async () => {
    const counts = [0, 0];
    for (const copy of [0, 1]) {
      const server = await connectServer();
      server.serve(store, async (request) => {
        counts[copy] = (counts[copy] ?? 0) + 1;
        return request;
      });
    }
    await waitUntil(async () => {
      await caller.call(store, { text: 'x' }).catch(() => {});
      return counts.every((count) => count > 0);
    });
    const before = counts.reduce((sum, count) => sum + count);
    await Promise.all(Array.from({ length: 100 }, () => caller.call(store, { text: 'x' })));
    expect(counts.reduce((sum, count) => sum + count)).toBe(before + 100);
  });

  test('refuse with UNAVAILABLE what neither fits into the work under way nor into the queue', async () => {
    const server = await connectServer({ maxConcurrentCalls: 2, maxWaitingCalls: 3 });
    const { opened, open } = gate();
    let atWork = 0;
    let most = 0;
    server.serve(store, async (request) => {
      if (request.text !== 'wait') return request;
      atWork += 1;
      most = Math.max(most, atWork);
      await opened;
      atWork -= 1;
      return request;
    });
    await untilServed(store);
    const calls = Array.from({ length: 8 }, () => caller.call(store, { text: 'wait' }));
    const refused = await Promise.all(calls.slice(5).map(refusalOf));
    expect(refused.map((refusal) => refusal.code)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
    open();
    await expect(Promise.all(calls.slice(0, 5))).resolves.toHaveLength(5);
    expect(most).toBe(2);
  });

  test('answer what is under way when they close, and take nothing new', async () => {
    const server = await connectServer();
    const { opened, open } = gate();
    const begun = gate();
    server.serve(store, async (request) => {
      if (request.text === 'slow') {
        begun.open();
        await opened;
      }
      return request;
    });
    await untilServed(store);
    const call = caller.call(store, { text: 'slow' });
    await begun.opened;
    const closed = server.close();
    await waitUntil(() =>
      caller.call(store, { text: 'new' }).then(
        () => false,
        (error) => isServiceError(error, 'UNAVAILABLE'),
      ),
    );
    open();
    expect(await call).toEqual({ text: 'slow' });
    await closed;
    expect(server.isConnected).toBe(false);
    expect((await refusalOf(server.call(store, { text: 'x' }))).message).toBe('the bus was closed');
  });
});
