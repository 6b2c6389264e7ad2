import { EVENT_STREAM, POISON_STREAM } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { gate } from './parts/gate.ts';
import { MemoryOutbox } from './parts/memory-outbox.ts';
import { tagEvent } from './parts/tag-event.ts';

const HURRIED = { ackWaitMs: 1_000, maxAttempts: 2, retryDelayMs: () => 10, settleAfterMs: 50 };
/** Nothing is settled for the time that has passed. */
const LATE = { ...HURRIED, settleAfterMs: 3_600_000 };

let testBus: TestBus;
let outbox: MemoryOutbox;
let raw: NatsConnection;
let jsm: JetStreamManager;

beforeEach(async () => {
  testBus = await startTestBus({ consumers: HURRIED, closeTimeoutMs: 2_000 });
  outbox = new MemoryOutbox();
  testBus.bus.relay(outbox);
  raw = await connect({ servers: testBus.url });
  jsm = await jetstreamManager(raw);
});
afterEach(async () => {
  await raw.close();
  await testBus.stop();
});

const unacknowledged = async () =>
  (await jsm.consumers.info(EVENT_STREAM.name, 'replicator')).num_ack_pending;

/** Stores events and waits until the bus has them, so that they are received together. */
async function store(...ids: readonly [tag: string, count: number][]): Promise<void> {
  for (const [tag, count] of ids) for (let n = 1; n <= count; n += 1) outbox.append(tagEvent(tag, n));
  await waitUntil(() => outbox.unsentCount === 0);
}

test('Events of one object are settled together, and none is acknowledged before', async () => {
  await store(['latest', 20]);
  const handled: string[] = [];
  const settling = gate();
  const settled: number[] = [];
  await testBus.bus.consume('replicator', ['tag.updated'], async ({ id }) => void handled.push(id), {
    async settle() {
      settled.push(handled.length);
      await settling.opened;
    },
  });
  await waitUntil(() => handled.length === 20 && settled.length > 0);
  expect(await unacknowledged()).toBe(20);
  settling.open();
  await waitUntil(async () => (await unacknowledged()) === 0);
  expect(settled.length).toBeLessThanOrEqual(2);
  expect(settled.at(-1)).toBe(20);
});

test('Sixty-four events are settled without waiting for more, one settlement after the other', async () => {
  const bus = await testBus.connect({ consumers: LATE });
  await store(['a', 40], ['b', 40], ['c', 48]);
  let handled = 0;
  let atOnce = 0;
  const settled: number[] = [];
  await bus.consume(
    'replicator',
    ['tag.updated'],
    async () => {
      handled += 1;
    },
    {
      async settle() {
        atOnce += 1;
        expect(atOnce).toBe(1);
        settled.push(handled);
        await testBus.bus.check();
        atOnce -= 1;
      },
    },
  );
  await waitUntil(async () => handled === 128 && (await unacknowledged()) === 0);
  expect(settled.length).toBeLessThanOrEqual(2);
});

test('When settling fails all of them come again, and go aside when it goes on', async () => {
  await store(['latest', 3]);
  const handled: string[] = [];
  let isBroken = true;
  let settlements = 0;
  await testBus.bus.consume(
    'replicator',
    ['tag.updated'],
    async ({ id }, { attempt }) => void handled.push(`${id} ${attempt}`),
    {
      async settle() {
        settlements += 1;
        if (isBroken) throw new Error('the disk is full');
      },
    },
  );
  await waitUntil(async () => (await jsm.streams.info(POISON_STREAM.name)).state.messages === 3);
  expect(handled.toSorted()).toEqual([1, 2, 3].flatMap((n) => [`latest-${n} 1`, `latest-${n} 2`]));
  isBroken = false;
  await store(['next', 1]);
  const before = settlements;
  await waitUntil(async () => settlements > before && (await unacknowledged()) === 0);
  expect((await jsm.streams.info(POISON_STREAM.name)).state.messages).toBe(3);
});

test('What was handled and not settled when the process died comes to another copy', async () => {
  const dying = await testBus.connect({ consumers: LATE, closeTimeoutMs: 1 });
  await store(['latest', 1]);
  const handled = gate();
  await dying.consume('replicator', ['tag.updated'], async () => handled.open(), {
    settle: () => new Promise(() => {}),
  });
  await handled.opened;
  await dying.close(); // its settlement never ends: as after a crash, nothing is acknowledged
  const seen: string[] = [];
  await testBus.bus.consume('replicator', ['tag.updated'], async ({ id }, { attempt }) => {
    seen.push(`${id} ${attempt}`);
  });
  await waitUntil(() => seen.length > 0);
  expect(seen).toEqual(['latest-1 2']);
});

test('A consumer that stops settles what it has handled', async () => {
  const bus = await testBus.connect({ consumers: LATE });
  await store(['latest', 3]);
  let handled = 0;
  let settlements = 0;
  const consumer = await bus.consume(
    'replicator',
    ['tag.updated'],
    async () => {
      handled += 1;
    },
    {
      async settle() {
        settlements += 1;
      },
    },
  );
  await waitUntil(() => handled === 3);
  expect(await unacknowledged()).toBe(3);
  await consumer.stop();
  await waitUntil(async () => (await unacknowledged()) === 0);
  expect(settlements).toBe(1);
});

test('An event that waits longer than the acknowledgement time to be settled keeps to its copy', async () => {
  const other = await testBus.connect();
  await store(['latest', 1]);
  const settling = gate();
  let handled = 0;
  for (const bus of [testBus.bus, other])
    await bus.consume(
      'replicator',
      ['tag.updated'],
      async () => {
        handled += 1;
      },
      { settle: () => settling.opened },
    );
  await waitUntil(() => handled === 1);
  const until = Date.now() + 2 * HURRIED.ackWaitMs;
  await waitUntil(() => Date.now() > until);
  expect(handled).toBe(1);
  settling.open();
  await waitUntil(async () => (await unacknowledged()) === 0);
});
