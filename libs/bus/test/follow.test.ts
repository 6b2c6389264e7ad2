import { type CloudEvent, EVENT_STREAM, eventSubject, POISON_STREAM } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { positionAfter, startOf } from '../follow-start.ts';
import type { Bus, FollowedEvents, StreamPosition } from '../index.ts';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { MemoryOutbox } from './parts/memory-outbox.ts';
import { recordingLogger } from './parts/recording-logger.ts';
import { tagEvent } from './parts/tag-event.ts';

let testBus: TestBus;
let outbox: MemoryOutbox;

beforeEach(async () => {
  testBus = await startTestBus({ closeTimeoutMs: 500 });
  outbox = new MemoryOutbox();
  testBus.bus.relay(outbox);
});
afterEach(() => testBus.stop());

/** An owner that keeps each event once, in the order in which they first came, and where it is. */
function reader(bus: Bus, from: StreamPosition | null = null, onBatch?: (batch: FollowedEvents) => unknown) {
  const seen: string[] = [];
  let calls = 0;
  let position = from;
  const follower = bus.follow({
    service: 'webhook-dispatcher',
    types: ['tag.updated', 'tag.deleted'],
    from,
    async onEvents(batch) {
      await onBatch?.(batch);
      calls += batch.events.length;
      for (const { id } of batch.events) if (!seen.includes(id)) seen.push(id);
      position = batch.position;
    },
  });
  return {
    seen,
    stop: follower.stop,
    get calls() {
      return calls;
    },
    get position() {
      return position;
    },
  };
}

function append(count: number, from = 1): string[] {
  const events = Array.from({ length: count }, (_, index) => tagEvent('latest', from + index));
  for (const event of events) outbox.append(event);
  return events.map(({ id }) => id);
}

test('Events come in the order of the stream, those from before the start too, in batches of at most 256, one at a time', async () => {
  const early = append(300);
  await waitUntil(() => outbox.unsentCount === 0);
  const sizes: number[] = [];
  let atWork = 0;
  const followed = reader(testBus.bus, null, async ({ events }) => {
    atWork += 1;
    expect(atWork).toBe(1);
    sizes.push(events.length);
    await new Promise((resolve) => setImmediate(resolve));
    atWork -= 1;
  });
  const late = append(50, 301);
  await waitUntil(() => followed.seen.length === 350);
  expect(followed.seen).toEqual([...early, ...late]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
  expect(sizes.length).toBeLessThan(50);
});

test('Events of other types are passed over, and move the position along', async () => {
  const followed = reader(testBus.bus);
  append(1);
  await waitUntil(() => followed.seen.length === 1);
  outbox.append({ ...tagEvent('x', 1), id: 'other', type: 'berth.registry.updated' } as CloudEvent);
  append(1, 2);
  await waitUntil(() => followed.seen.length === 2);
  expect(followed.seen).toEqual(['latest-1', 'latest-2']);
  expect(followed.position?.sequence).toBe(3);
});

test('A follower that starts again has its next events after those from before, which may come again', async () => {
  const first = reader(testBus.bus);
  const early = append(5);
  await waitUntil(() => first.seen.length === 5);
  await first.stop();
  const late = append(5, 6);
  await waitUntil(() => outbox.unsentCount === 0);
  const second = reader(testBus.bus, first.position);
  await waitUntil(() => second.position?.sequence === 10);
  expect(second.seen.slice(-5)).toEqual(late);
  expect([...early, ...late]).toEqual(expect.arrayContaining(second.seen));
});

test('A batch that its owner cannot take comes again until it is taken, and the next one only then', async () => {
  let failures = 0;
  const followed = reader(testBus.bus, null, ({ events }) => {
    if (failures === 3) return;
    failures += 1;
    throw new Error(`the store is away for ${events.length} events`);
  });
  const ids = append(3);
  await waitUntil(() => followed.seen.length === 3);
  expect(failures).toBe(3);
  expect(followed.seen).toEqual(ids);
});

test('A follower whose owner cannot take its batch still stops', async () => {
  let tries = 0;
  const followed = reader(testBus.bus, null, () => {
    tries += 1;
    throw new Error('never');
  });
  append(1);
  await waitUntil(() => tries > 0);
  await followed.stop();
  expect(followed.seen).toEqual([]);
});

test('kill -9 of NATS loses nothing and changes no order, whatever NATS forgot', async () => {
  const followed = reader(testBus.bus);
  let expected: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    expected = [...expected, ...append(200, expected.length + 1)];
    await waitUntil(() => followed.seen.length > expected.length - 200);
    await testBus.nats.kill();
    expected = [...expected, ...append(50, expected.length + 1)];
    await testBus.nats.restart();
  }
  await waitUntil(() => followed.seen.length === expected.length);
  expect(followed.seen).toEqual(expected);
});

test('Events that NATS had lost with its data, and stored again under lower numbers, are read', async () => {
  const followed = reader(testBus.bus);
  append(20);
  await waitUntil(() => followed.seen.length === 20);
  await followed.stop();
  await testBus.nats.kill();
  await testBus.nats.wipe();
  await testBus.nats.restart();
  const second = reader(testBus.bus, followed.position);
  append(5, 21);
  await waitUntil(() => second.position?.sequence === 25);
  expect(second.seen.slice(-5)).toEqual([21, 22, 23, 24, 25].map((n) => `latest-${n}`));
});

test('A stream that somebody deletes under a connection that stays is made again and read from its first event', async () => {
  const followed = reader(testBus.bus);
  append(3);
  await waitUntil(() => followed.seen.length === 3);
  const raw = await connect({ servers: testBus.url });
  const jsm = await jetstreamManager(raw);
  const before = followed.position?.stream;
  await jsm.streams.delete(EVENT_STREAM.name);
  append(2, 4);
  await waitUntil(() => followed.seen.length === 5);
  expect(followed.position?.stream).not.toBe(before);
  await raw.close();
});

test('What is no event, and what its owner gives up, goes aside visibly and holds up nothing', async () => {
  const logger = recordingLogger();
  const bus = await testBus.connect({ logger });
  const raw = await connect({ servers: testBus.url });
  const followed = reader(bus, null, async ({ events, putAside }) => {
    for (const event of events) if (event.id === 'bad-1') await putAside(event, new Error('never'));
  });
  for (const text of [
    'no event',
    '{"id":"x"}',
    'null',
    '{"id":"\\ud800","type":"t","subject":"s","time":"t","data":{}}',
  ])
    raw.publish(eventSubject('tag.updated'), text);
  await raw.flush();
  outbox.append(tagEvent('bad', 1));
  append(1);
  await waitUntil(() => followed.seen.includes('latest-1'));
  const jsm = await jetstreamManager(raw);
  const { state } = await jsm.streams.info(POISON_STREAM.name);
  expect(state.messages).toBe(5);
  const aside = logger.lines.filter(({ message }) => message === 'event put aside');
  expect(aside.map(({ level }) => level)).toEqual(Array(5).fill('error'));
  expect(aside.at(-1)?.fields).toMatchObject({ id: 'bad-1', to: 'berth.poison.webhook-dispatcher' });
  await raw.close();
});

describe('where a follower begins', () => {
  const reached = { stream: 'made-1', sequence: 100, time: '2026-01-01T12:00:00.000Z' };
  const stream = (created: string, last_seq: number) => ({ created, state: { last_seq } as never });

  test.each([
    ['without a position', stream('made-1', 200), null, false, { deliver_policy: 'all' }],
    ['in another stream', stream('made-2', 200), reached, true, { deliver_policy: 'all' }],
    [
      'after a new connection: before its last event',
      stream('made-1', 200),
      reached,
      false,
      { deliver_policy: 'by_start_time', opt_start_time: '2026-01-01T11:45:00.000Z' },
    ],
    [
      'after a gap: behind its last event',
      stream('made-1', 200),
      reached,
      true,
      { deliver_policy: 'by_start_sequence', opt_start_seq: 101 },
    ],
    [
      'after a gap in a stream that lost events',
      stream('made-1', 99),
      reached,
      true,
      { deliver_policy: 'by_start_time', opt_start_time: '2026-01-01T11:45:00.000Z' },
    ],
  ])('%s', (_name, info, from, isGap, expected) => {
    expect(startOf(info, from, { isGap })).toEqual(expected);
  });

  test('the time of a position goes forward only, unless the stream is another', () => {
    const older = { seq: 50, timestamp: '2026-01-01T11:50:00.000Z' };
    expect(positionAfter(stream('made-1', 200), older, reached)).toEqual({ ...reached, sequence: 50 });
    expect(positionAfter(stream('made-2', 200), older, reached)).toEqual({
      stream: 'made-2',
      sequence: 50,
      time: older.timestamp,
    });
  });
});
