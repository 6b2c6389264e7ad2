import { EVENT_STREAM } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { MemoryOutbox } from './parts/memory-outbox.ts';
import { tagEvent } from './parts/tag-event.ts';

let testBus: TestBus;

beforeEach(async () => {
  testBus = await startTestBus();
});
afterEach(() => testBus.stop());

/** The ids in the event stream, in its order. */
async function storedIds(): Promise<string[]> {
  const connection = await connect({ servers: testBus.url });
  const ids: string[] = [];
  try {
    const jsm = await jetstreamManager(connection);
    const { state } = await jsm.streams.info(EVENT_STREAM.name);
    for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq += 1) {
      const message = await jsm.streams.getMessage(EVENT_STREAM.name, { seq });
      ids.push(message?.header.get('Nats-Msg-Id') ?? '');
    }
  } finally {
    await connection.close();
  }
  return ids;
}

test('Events that are there at the start and those that come later are stored once, in their order, and marked as sent', async () => {
  const outbox = new MemoryOutbox();
  for (let n = 1; n <= 600; n += 1) outbox.append(tagEvent('latest', n));
  testBus.bus.relay(outbox);
  await waitUntil(() => outbox.unsentCount === 0);
  outbox.append(tagEvent('latest', 601));
  await waitUntil(() => outbox.unsentCount === 0);
  expect(await storedIds()).toEqual(outbox.entries.map((entry) => entry.id));
});

test('Two relays on one outbox store each event once, in order', async () => {
  const outbox = new MemoryOutbox();
  const other = await testBus.connect();
  testBus.bus.relay(outbox);
  other.relay(outbox);
  for (let n = 1; n <= 300; n += 1) outbox.append(tagEvent('latest', n));
  await waitUntil(() => outbox.unsentCount === 0);
  expect(await storedIds()).toEqual(outbox.entries.map((entry) => entry.id));
});

test('kill -9 of NATS while events are relayed loses none, and those of one object stay in order', async () => {
  const outbox = new MemoryOutbox();
  testBus.bus.relay(outbox);
  let appended = 0;
  const append = (count: number) => {
    for (let n = 0; n < count; n += 1) {
      appended += 1;
      outbox.append(tagEvent(appended % 2 === 0 ? 'even' : 'odd', appended));
    }
  };
  for (let round = 0; round < 3; round += 1) {
    append(500);
    // Some are on their way, none is flushed for certain.
    await waitUntil(() => outbox.unsentCount < 500);
    await testBus.nats.kill();
    append(100);
    await testBus.nats.restart();
  }
  await waitUntil(() => outbox.unsentCount === 0);
  const ids = await storedIds();
  for (const tag of ['even', 'odd']) {
    const sent = outbox.entries.map((entry) => entry.id).filter((id) => id.startsWith(tag));
    expect(firstOccurrences(ids.filter((id) => id.startsWith(tag)))).toEqual(sent);
  }
});

test('Events that NATS had acknowledged and then lost with its data are stored again, before any newer one', async () => {
  const outbox = new MemoryOutbox();
  testBus.bus.relay(outbox);
  for (let n = 1; n <= 50; n += 1) outbox.append(tagEvent('latest', n));
  await waitUntil(() => outbox.unsentCount === 0);
  await testBus.nats.kill();
  await testBus.nats.wipe();
  outbox.append(tagEvent('latest', 51));
  await testBus.nats.restart();
  await waitUntil(async () => (await storedIds()).length === 51);
  expect(await storedIds()).toEqual(outbox.entries.map((entry) => entry.id));
});

test('A stopped relay sends nothing more', async () => {
  const outbox = new MemoryOutbox();
  const relay = testBus.bus.relay(outbox);
  outbox.append(tagEvent('latest', 1));
  await waitUntil(() => outbox.unsentCount === 0);
  await relay.stop();
  outbox.append(tagEvent('latest', 2));
  const other = testBus.bus.relay(new MemoryOutbox());
  await other.stop();
  expect(outbox.unsentCount).toBe(1);
});

function firstOccurrences(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
