import { isServiceError, type RpcMethod, ServiceError } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Bus } from '../index.ts';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { gate } from './parts/gate.ts';
import { echo, store } from './parts/methods.ts';
import { recordingLogger } from './parts/recording-logger.ts';
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

describe('A call', () => {
  test('brings 4 MiB of bytes there and back, byte for byte', async () => {
    const server = await connectServer();
    server.serve(store, async (request) => request);
    await untilServed(store);
    const bytes = Buffer.alloc(4 * 1024 * 1024, 'berth\n');
    const answer = await caller.call(store, { text: 'x', bytes });
    expect(answer.text).toBe('x');
    expect(Buffer.compare(Buffer.from(answer.bytes ?? []), bytes)).toBe(0);
  });

  test('larger than the bus takes is refused before it is sent', async () => {
    const refusal = await refusalOf(caller.call(store, { text: 'x', bytes: Buffer.alloc(9 * 1024 * 1024) }));
    expect(refusal.code).toBe('REQUEST_INVALID');
    expect(refusal.message).toMatch(/metadata\.testStore.*9437\d\d\d bytes/);
  });

  test('carries the request id and the deadline to the handler', async () => {
    const server = await connectServer();
    const contexts: { requestId: string; deadline: number }[] = [];
    server.serve(store, async (request, context) => {
      contexts.push(context);
      return request;
    });
    await untilServed(store);
    const before = Date.now();
    await caller.call(store, { text: 'x' }, { requestId: 'req-1\nforged', timeoutMs: 60_000 });
    const context = contexts.at(-1);
    expect(context?.requestId).toBe('req-1 forged');
    expect(context?.deadline).toBeGreaterThanOrEqual(before + 60_000);
  });

  test('that nobody serves is UNAVAILABLE, long before its deadline', async () => {
    for (const method of [echo, store]) {
      const startedAt = Date.now();
      const refusal = await refusalOf(caller.call(method, { text: 'x' }, { timeoutMs: 60_000 }));
      expect(refusal.code).toBe('UNAVAILABLE');
      expect(refusal.message).toContain(`nobody serves metadata.${method.method}`);
      expect(Date.now() - startedAt).toBeLessThan(30_000);
    }
  });

  test('rejects with the ServiceError that the handler threw, code, message and detail', async () => {
    const server = await connectServer();
    server.serve(store, async () => {
      throw new ServiceError('UPLOAD_RANGE', 'not at 5', { detail: { offsetBytes: 3 } });
    });
    await untilServed(store);
    const refusal = await refusalOf(caller.call(store, { text: 'x' }));
    expect(refusal).toMatchObject({ code: 'UPLOAD_RANGE', message: 'not at 5', detail: { offsetBytes: 3 } });
  });

  test('rejects with INTERNAL and nothing more for any other error, which the server logs with method and request id', async () => {
    const logger = recordingLogger();
    const server = await connectServer({ logger });
    const defect = new TypeError('secret internals');
    server.serve(store, async () => {
      throw defect;
    });
    await untilServed(store);
    const refusal = await refusalOf(caller.call(store, { text: 'x' }, { requestId: 'req-2' }));
    expect(refusal.code).toBe('INTERNAL');
    expect(refusal.message).not.toContain('secret');
    expect(logger.lines).toContainEqual({
      level: 'error',
      message: 'call failed',
      fields: { method: 'metadata.testStore', requestId: 'req-2', error: defect },
    });
  });

  test('that does not fit the request schema is REQUEST_INVALID and never reaches the handler', async () => {
    const server = await connectServer();
    let handled = 0;
    server.serve(store, async (request) => {
      handled += 1;
      return request;
    });
    await untilServed(store);
    const before = handled;
    const refusal = await refusalOf(caller.call(store, { text: 7 as never }));
    expect(refusal.code).toBe('REQUEST_INVALID');
    expect(refusal.message).toContain('/text must be string (got 7)');
    expect(handled).toBe(before);
  });

  test('whose answer does not fit the response schema is INTERNAL', async () => {
    const server = await connectServer();
    server.serve(store, async () => ({ text: 7 as never }));
    await untilServed(store);
    expect((await refusalOf(caller.call(store, { text: 'x' }))).code).toBe('INTERNAL');
  });

  test('whose answer is too large is INTERNAL, not silence', async () => {
    const server = await connectServer();
    server.serve(store, async () => ({ text: 'x', bytes: Buffer.alloc(9 * 1024 * 1024) }));
    await untilServed(store);
    expect((await refusalOf(caller.call(store, { text: 'x' }))).code).toBe('INTERNAL');
  });
});

describe('A deadline', () => {
  test('ends a write with DEADLINE_EXCEEDED after one attempt, and what the handler gives later is not sent', async () => {
    const logger = recordingLogger();
    const server = await connectServer({ logger });
    const { opened, open } = gate();
    let attempts = 0;
    let deadlineOfHandler = Number.POSITIVE_INFINITY;
    server.serve(store, async (request, { deadline }) => {
      if (request.text === 'slow') {
        attempts += 1;
        deadlineOfHandler = deadline;
        await opened;
      }
      return request;
    });
    await untilServed(store);
    const refusal = await refusalOf(caller.call(store, { text: 'slow' }, { timeoutMs: 1_000 }));
    expect(refusal.code).toBe('DEADLINE_EXCEEDED');
    expect(refusal.message).toContain('metadata.testStore did not answer within 1000 ms');
    // The handler's deadline counts from the arrival of the call, later than the caller's by its way.
    await waitUntil(() => Date.now() > deadlineOfHandler);
    open();
    await waitUntil(() => logger.lines.some((line) => line.message === 'call ended after its deadline'));
    expect(attempts).toBe(1);
  });

  test('lets a read be asked a second time within it', async () => {
    const server = await connectServer({ closeTimeoutMs: 10 });
    let attempts = 0;
    server.serve(echo, async (request) => {
      if (request.text !== 'slow') return request;
      attempts += 1;
      return attempts === 1 ? new Promise(() => {}) : request;
    });
    await untilServed(echo);
    expect(await caller.call(echo, { text: 'slow' }, { timeoutMs: 1_000 })).toEqual({ text: 'slow' });
    expect(attempts).toBe(2);
  });

  test('that a read misses twice is the one the caller gave', async () => {
    const server = await connectServer({ closeTimeoutMs: 10 });
    server.serve(echo, async (request) => (request.text === 'hang' ? new Promise(() => {}) : request));
    await untilServed(echo);
    const refusal = await refusalOf(caller.call(echo, { text: 'hang' }, { timeoutMs: 200 }));
    expect(refusal).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'metadata.testEcho did not answer within 200 ms',
    });
  });
});
