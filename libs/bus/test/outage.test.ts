import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { isServiceError } from '@berth/contracts';
import { createMetrics, silentLogger } from '@berth/runtime';
import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connectBus } from '../index.ts';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { echo, store } from './parts/methods.ts';
import { tagEvent } from './parts/tag-event.ts';

let testBus: TestBus;

beforeEach(async () => {
  testBus = await startTestBus();
});
afterEach(() => testBus.stop());

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'OK',
    (error) => (isServiceError(error) ? error.code : String(error)),
  );

test.each(['halt', 'kill'] as const)(
  'After %s of NATS calls fail within seconds, naming the bus, and work again by themselves when it is back',
  async (end) => {
    const { bus, nats } = testBus;
    const server = await testBus.connect({ service: 'metadata', closeTimeoutMs: 10 });
    const { promise: never } = Promise.withResolvers<never>();
    server.serve(store, async (request) => (request.text === 'hang' ? never : request));
    await waitUntil(async () => (await codeOf(bus.call(store, { text: 'x' }))) === 'OK');

    const hanging = codeOf(bus.call(store, { text: 'hang' }, { timeoutMs: 60_000 }));
    await nats[end]();
    // Long before its own deadline: there is nobody left to bring the answer.
    expect(await hanging).toBe('UNAVAILABLE');

    for (const method of [echo, store]) {
      const startedAt = Date.now();
      const call = bus.call(method, { text: 'x' }, { timeoutMs: 60_000 });
      await expect(call).rejects.toThrow(/the bus \(NATS at 127\.0\.0\.1:\d+\) cannot be reached/);
      expect(Date.now() - startedAt).toBeLessThan(10_000);
    }
    expect(bus.isConnected).toBe(false);
    await expect(bus.check()).rejects.toThrow(/the bus .* cannot be reached/);
    expect(() => bus.publishAndForget(tagEvent('latest', 1))).not.toThrow();

    await nats.restart();
    await waitUntil(async () => (await codeOf(bus.call(store, { text: 'x' }))) === 'OK');
    await bus.check();
  },
);

test('Who was away, and may have missed a signal, hears one when the bus is back', async () => {
  const { bus, nats } = testBus;
  let heard = 0;
  const listening = bus.onSignal('blobsWithdrawn', () => {
    heard += 1;
  });
  await nats.halt();
  await waitUntil(() => !bus.isConnected);
  bus.signal('blobsWithdrawn');
  expect(heard).toBe(0);
  await nats.restart();
  await waitUntil(() => heard === 1);
  listening.stop();
  await nats.halt();
  await waitUntil(() => !bus.isConnected);
  await nats.restart();
  await waitUntil(() => bus.isConnected);
  expect(heard).toBe(1);
});

test('A call made in the first moment of a short outage is sent when the bus is back', async () => {
  const { bus, nats } = testBus;
  const server = await testBus.connect({ service: 'metadata' });
  server.serve(store, async (request) => request);
  await waitUntil(async () => (await codeOf(bus.call(store, { text: 'x' }))) === 'OK');
  await nats.kill();
  const back = nats.restart();
  await waitUntil(async () => (await codeOf(bus.call(store, { text: 'x' }))) === 'OK');
  await back;
});

test('A read survives the death of the copy that works on it; a write fails, for nobody knows what became of it', async () => {
  const { bus, url } = testBus;
  const living = await testBus.connect({ service: 'metadata' });
  const dying = fork(new URL('parts/serve-forever.ts', import.meta.url), [url]);
  const ended = once(dying, 'exit');
  await once(dying, 'message');
  let called = 0;
  dying.on('message', () => {
    called += 1;
  });
  // The read is asked again after half of its time, when the living copy has long been serving.
  const read = codeOf(bus.call(echo, { text: 'x' }, { timeoutMs: 10_000 }));
  const write = codeOf(bus.call(store, { text: 'x' }, { timeoutMs: 2_000 }));
  await waitUntil(() => called === 2);
  dying.kill('SIGKILL');
  await ended;
  for (const method of [echo, store]) living.serve(method, async (request) => request);
  expect(await Promise.all([read, write])).toEqual(['OK', 'DEADLINE_EXCEEDED']);
});

test('Connecting to a bus that is not there ends with its address and the reason', async () => {
  const unused = createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const { port } = unused.address() as { port: number };
  unused.close();
  await expect(
    connectBus({
      servers: `nats://user:secret@127.0.0.1:${port}`,
      service: 'test',
      logger: silentLogger,
      metrics: createMetrics('test', { withProcess: false }),
      connectTimeoutMs: 10,
    }),
  ).rejects.toThrow(
    new RegExp(`^the bus \\(NATS at 127\\.0\\.0\\.1:${port}\\) cannot be reached: .*refused`),
  );
});

test.each(['', 'http://x', 'nats://'])('%j is no address of a bus', async (servers) => {
  const metrics = createMetrics('test', { withProcess: false });
  await expect(connectBus({ servers, service: 'test', logger: silentLogger, metrics })).rejects.toThrow(
    /address of a bus/,
  );
});
