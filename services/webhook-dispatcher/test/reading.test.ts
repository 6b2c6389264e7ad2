import type { Bus } from '@berth/bus';
import { startTestBus, type TestBus } from '@berth/bus/testing';
import type { CloudEvent } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { followEvents } from '../consumers/follow-events.ts';
import { POSITION_ID } from '../documents/reading-position.ts';
import { READING_LEASE_MS } from '../intake/reading-lease.ts';
import { tagUpdated } from './events.ts';
import { type Fixture, openFixture } from './fixture.ts';
import { relayFrom } from './other-service.ts';

let fixture: Fixture;
let testBus: TestBus;
const running: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  fixture = await openFixture();
  testBus = await startTestBus();
  await fixture.webhook('http://127.0.0.1:1/');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((copy) => copy.stop()));
  await testBus.stop();
  await fixture.dispose();
});

/** A copy of the service that reads events, over a connection of its own. */
async function copy(holder: string, bus?: Bus): Promise<{ stop(): Promise<void> }> {
  const parts = { records: fixture.records, holder, onDeliveries: () => {} };
  const made = await followEvents({ ...parts, bus: bus ?? (await testBus.connect()) });
  running.push(made);
  return made;
}

/** Ids of the events that have deliveries, in the order of their ordinals. */
async function stored(): Promise<string[]> {
  const { deliveries } = await fixture.all();
  return deliveries.sort((a, b) => a.ordinal - b.ordinal).map(({ eventId }) => eventId);
}

test('Of two copies one reads, and each event is stored once, in order', async () => {
  const emit = relayFrom(testBus.bus);
  await Promise.all([copy('one'), copy('two')]);
  const events = Array.from({ length: 200 }, (_, n) => tagUpdated('1.0', n + 1));
  for (const event of events) emit(event);
  await waitUntil(async () => (await stored()).length === 200);
  expect(await stored()).toEqual(events.map(({ id }) => id));
  const position = await fixture.records.positions.get(POSITION_ID);
  await waitUntil(async () => (await fixture.records.positions.get(POSITION_ID))?.stream?.sequence === 200);
  expect(['one', 'two']).toContain(position?.holder);
});

test('When the copy that reads stops, the other goes on within seconds', async () => {
  const emit = relayFrom(testBus.bus);
  const first = await copy('one');
  await copy('two');
  const events = [1, 2].map((n) => tagUpdated('1.0', n));
  emit(events[0] as CloudEvent);
  await waitUntil(async () => (await stored()).length === 1);
  await first.stop();
  emit(events[1] as CloudEvent);
  await waitUntil(async () => (await stored()).length === 2);
  expect(await stored()).toEqual(events.map(({ id }) => id));
  expect((await fixture.records.positions.get(POSITION_ID))?.holder).toBe('two');
});

test('A copy that was taken for dead and was not loses its place, and nothing is stored twice or out of order', async () => {
  const emit = relayFrom(testBus.bus);
  await copy('one');
  const events = Array.from({ length: 60 }, (_, n) => tagUpdated('1.0', n + 1));
  for (const event of events.slice(0, 20)) emit(event);
  await waitUntil(async () => (await stored()).length === 20);
  // What the other copy sees of one that stands still for longer than its lease. The copy writes its place too.
  await retryConflict('the lease that ended', async () => {
    const position = await fixture.records.positions.get(POSITION_ID);
    if (position === null) throw new Error('no position');
    await fixture.records.positions.replace({ ...position, leaseUntil: fixture.now() - READING_LEASE_MS });
  });
  await copy('two');
  for (const event of events.slice(20)) emit(event);
  await waitUntil(async () => (await stored()).length === 60);
  expect(await stored()).toEqual(events.map(({ id }) => id));
});

test('kill -9 of NATS while events are read loses none and stores none twice, in their order', async () => {
  const emit = relayFrom(testBus.bus);
  await copy('one', testBus.bus);
  const events = Array.from({ length: 300 }, (_, n) => tagUpdated(`t${n % 3}`, n + 1));
  for (let round = 0; round < 3; round += 1) {
    for (const event of events.slice(round * 100, round * 100 + 80)) emit(event);
    await waitUntil(async () => (await stored()).length > round * 100);
    await testBus.nats.kill();
    for (const event of events.slice(round * 100 + 80, round * 100 + 100)) emit(event);
    await testBus.nats.restart();
  }
  await waitUntil(async () => (await stored()).length === 300);
  const found = await stored();
  for (const tag of ['t0', 't1', 't2']) {
    const ids = events.filter(({ data }) => data.tag === tag).map(({ id }) => id);
    expect(found.filter((id) => ids.includes(id))).toEqual(ids);
  }
});
