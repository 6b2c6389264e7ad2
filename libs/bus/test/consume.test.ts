import { setTimeout as pause } from 'node:timers/promises';
import { type CloudEvent, EVENT_STREAM, eventSubject, POISON_STREAM } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { MemoryOutbox } from './parts/memory-outbox.ts';
import { recordingLogger } from './parts/recording-logger.ts';
import { tagEvent } from './parts/tag-event.ts';

const HURRIED = { ackWaitMs: 1_000, maxAttempts: 3, retryDelayMs: () => 10 };

let testBus: TestBus;
let outbox: MemoryOutbox;
let raw: NatsConnection;

beforeEach(async () => {
  testBus = await startTestBus({ consumers: HURRIED, closeTimeoutMs: 500 });
  outbox = new MemoryOutbox();
  testBus.bus.relay(outbox);
  raw = await connect({ servers: testBus.url });
});
afterEach(async () => {
  await raw.close();
  await testBus.stop();
});

async function pendingOf(consumer: string): Promise<number> {
  const jsm = await jetstreamManager(raw);
  const info = await jsm.consumers.info(EVENT_STREAM.name, consumer);
  return info.num_pending + info.num_ack_pending;
}

test('A consumer gets the events of its types, those from before its first start too, and each once while it succeeds', async () => {
  outbox.append(tagEvent('early', 1));
  outbox.append({ ...tagEvent('gone', 1), id: 'other', type: 'berth.tag.deleted' } as CloudEvent);
  await waitUntil(() => outbox.unsentCount === 0);
  const seen: string[] = [];
  await testBus.bus.consume('replicator', ['tag.updated', 'registry.deleted'], async (event) => {
    seen.push(event.id);
  });
  outbox.append(tagEvent('late', 1));
  await waitUntil(async () => seen.length >= 2 && (await pendingOf('replicator')) === 0);
  expect(seen).toEqual(['early-1', 'late-1']);
});

test('Pulls, which nobody keeps, are heard while somebody listens, and by one copy of a service', async () => {
  const pull = (n: number) => ({ ...tagEvent('latest', n), type: 'berth.artifact.pulled' }) as never;
  const seen: string[] = [];
  const hear = async (event: CloudEvent) => void seen.push(event.id);
  testBus.bus.publishAndForget(pull(1));
  await pause(100); // it waits for others for a moment
  const copies = [1, 2].map(() => testBus.bus.listen('webhook-dispatcher', 'artifact.pulled', hear));
  await testBus.bus.check();
  testBus.bus.publishAndForget(pull(2));
  await waitUntil(() => seen.length > 0);
  for (const copy of copies) copy.stop();
  testBus.bus.publishAndForget(pull(3));
  await testBus.bus.check();
  expect(seen).toEqual(['latest-2']);
  expect(() => testBus.bus.listen('webhook-dispatcher', 'tag.updated', hear)).toThrow('consume it');
});

test('The events of one object are handled one after the other in their order, those of others meanwhile', async () => {
  const seen: string[] = [];
  const atWork = new Set<string>();
  let most = 0;
  await testBus.bus.consume('replicator', ['tag.updated'], async (event) => {
    expect(atWork).not.toContain(event.subject);
    atWork.add(event.subject);
    most = Math.max(most, atWork.size);
    await new Promise((resolve) => setImmediate(resolve));
    atWork.delete(event.subject);
    seen.push(event.id);
  });
  for (let n = 1; n <= 50; n += 1) for (const tag of ['a', 'b', 'c']) outbox.append(tagEvent(tag, n));
  await waitUntil(() => seen.length === 150);
  for (const tag of ['a', 'b', 'c']) {
    const ofTag = seen.filter((id) => id.startsWith(tag));
    expect(ofTag).toEqual(Array.from({ length: 50 }, (_, index) => `${tag}-${index + 1}`));
  }
  expect(most).toBeGreaterThan(1);
});

test('An event whose handler throws comes again, and is done when it succeeds', async () => {
  const attempts: number[] = [];
  await testBus.bus.consume('replicator', ['tag.updated'], async (_event, { attempt }) => {
    attempts.push(attempt);
    if (attempt === 1) throw new Error('not yet');
  });
  outbox.append(tagEvent('latest', 1));
  await waitUntil(async () => attempts.length >= 2 && (await pendingOf('replicator')) === 0);
  expect(attempts).toEqual([1, 2]);
});

test('An event that fails again and again goes aside, visibly, and does not hold up the others', async () => {
  const logger = recordingLogger();
  const bus = await testBus.connect({ logger });
  const attempts: number[] = [];
  const handled: string[] = [];
  await bus.consume('replicator', ['tag.updated'], async (event, { attempt }) => {
    if (event.id === 'bad-1') {
      attempts.push(attempt);
      throw new Error('never');
    }
    handled.push(event.id);
  });
  raw.publish(eventSubject('tag.updated'), 'no event at all');
  outbox.append(tagEvent('bad', 1));
  outbox.append(tagEvent('good', 1));
  await waitUntil(async () => handled.length === 1 && (await pendingOf('replicator')) === 0);
  expect(attempts).toEqual([1, 2, 3]);

  const jsm = await jetstreamManager(raw);
  await waitUntil(async () => (await jsm.streams.info(POISON_STREAM.name)).state.messages === 2);
  const messages = await Promise.all(
    [1, 2].map((seq) => jsm.streams.getMessage(POISON_STREAM.name, { seq })),
  );
  expect(messages.map((message) => message?.subject)).toEqual(Array(2).fill('berth.poison.replicator'));
  expect(messages.map((message) => message?.string())).toContain(JSON.stringify(tagEvent('bad', 1)));
  expect(logger.lines.filter((line) => line.message === 'event put aside')).toHaveLength(2);
});

test('What a copy had in hand when it died comes to another one', async () => {
  const dying = await testBus.connect({ closeTimeoutMs: 1 });
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  await dying.consume('replicator', ['tag.updated'], () => {
    begin();
    return new Promise(() => {});
  });
  outbox.append(tagEvent('latest', 1));
  await begun;
  await dying.close(); // cuts the handler off without an answer for its event, as a crash does
  const seen: string[] = [];
  await testBus.bus.consume('replicator', ['tag.updated'], async (event, { attempt }) => {
    seen.push(`${event.id} ${attempt}`);
  });
  await waitUntil(() => seen.length > 0);
  expect(seen).toEqual(['latest-1 2']);
});

test('A handler that works longer than the acknowledgement time keeps its event to itself', async () => {
  const other = await testBus.connect();
  let begun = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  for (const bus of [testBus.bus, other]) {
    await bus.consume('replicator', ['tag.updated'], async () => {
      begun += 1;
      await released;
    });
  }
  outbox.append(tagEvent('latest', 1));
  await waitUntil(() => begun === 1);
  const until = Date.now() + 2 * HURRIED.ackWaitMs;
  await waitUntil(() => Date.now() > until);
  expect(begun).toBe(1);
  release();
  await waitUntil(async () => (await pendingOf('replicator')) === 0);
});

test.each(['halt', 'kill'] as const)('A consumer goes on after %s and restart of NATS', async (end) => {
  const seen = new Set<string>();
  await testBus.bus.consume('replicator', ['tag.updated'], async (event) => {
    seen.add(event.id);
  });
  outbox.append(tagEvent('latest', 1));
  await waitUntil(() => seen.has('latest-1'));
  await testBus.nats[end]();
  outbox.append(tagEvent('latest', 2));
  await testBus.nats.restart();
  await waitUntil(() => seen.has('latest-2'));
});

test('A consumer goes on when NATS comes back without its data', async () => {
  const seen = new Set<string>();
  await testBus.bus.consume('replicator', ['tag.updated'], async (event) => {
    seen.add(event.id);
  });
  outbox.append(tagEvent('latest', 1));
  await waitUntil(() => seen.has('latest-1'));
  await testBus.nats.kill();
  await testBus.nats.wipe();
  await testBus.nats.restart();
  outbox.append(tagEvent('latest', 2));
  await waitUntil(() => seen.has('latest-2'));
});

test('A stream whose settings are not those of this version is updated at the next start, and keeps its events', async () => {
  outbox.append(tagEvent('latest', 1));
  await waitUntil(() => outbox.unsentCount === 0);
  const jsm = await jetstreamManager(raw);
  await jsm.streams.update(EVENT_STREAM.name, {
    max_bytes: 1024 * 1024,
    subjects: ['berth.event.tag.updated', 'berth.event.coming'],
  });
  await testBus.connect();
  const { config, state } = await jsm.streams.info(EVENT_STREAM.name);
  expect(config.max_bytes).toBe(1024 * 1024 * 1024);
  expect(config.subjects).toEqual(expect.arrayContaining([...EVENT_STREAM.subjects, 'berth.event.coming']));
  expect(state.messages).toBe(1);
});

test('A signal is heard by every copy that listens', async () => {
  const heard: string[] = [];
  const copies = ['a', 'b'].map((name) => testBus.bus.onSignal('blobsWithdrawn', () => heard.push(name)));
  await testBus.bus.check();
  testBus.bus.signal('blobsWithdrawn');
  await waitUntil(() => heard.length === 2);
  expect(heard.toSorted()).toEqual(['a', 'b']);
  copies[0]?.stop();
  testBus.bus.signal('blobsWithdrawn');
  await waitUntil(() => heard.length === 3);
  expect(heard.at(-1)).toBe('b');
  copies[1]?.stop();
});
