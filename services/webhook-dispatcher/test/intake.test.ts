import type { CloudEvent } from '@berth/contracts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { advanceReading, claimReading, READING_LEASE_MS, renewReading } from '../intake/reading-lease.ts';
import { takeEvents } from '../intake/take-events.ts';
import { takePull } from '../intake/take-pull.ts';
import { createWebhookFinder } from '../matching/find-webhooks.ts';
import { Crash } from './dying-store.ts';
import { eventOf, tagUpdated } from './events.ts';
import { type ACME, type Fixture, openFixture } from './fixture.ts';

const NOWHERE = 'http://127.0.0.1:1/';
const OTHER = { id: 'r-other', name: 'other' } as never as typeof ACME;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const subjects = async () => (await fixture.all()).deliveries.map(({ subject }) => subject).sort();

test('An event goes to each webhook of its registry and of all registries that wants it, and to no other', async () => {
  const own = await fixture.webhook(NOWHERE);
  const global = await fixture.webhook(NOWHERE, {}, null);
  await fixture.webhook(NOWHERE, { events: ['artifact.pulled'] });
  await fixture.webhook(NOWHERE, { enabled: false });
  await fixture.webhook(NOWHERE, {}, OTHER);
  await fixture.take(tagUpdated('1.0', 1));
  const { deliveries, lanes } = await fixture.all();
  expect(deliveries.map(({ webhookId }) => webhookId).sort()).toEqual([own.id, global.id].sort());
  expect(lanes.sort()).toEqual([`${own.id} r-acme/web:1.0`, `${global.id} r-acme/web:1.0`].sort());
  expect(deliveries[0]).toMatchObject({ state: 'pending', type: 'tag.updated', ordinal: 1, tries: 0 });
});

test('Events that are read again, also a part of them with newer ones, make no second delivery and keep their order', async () => {
  await fixture.webhook(NOWHERE);
  const events = [1, 2, 3, 4].map((n) => tagUpdated('1.0', n));
  await fixture.take(...events.slice(0, 3));
  await fixture.take(...events);
  const { deliveries } = await fixture.all();
  const ofEvent = new Map(deliveries.map((delivery) => [delivery.eventId, delivery.ordinal]));
  expect(events.map(({ id }) => ofEvent.get(id))).toEqual([1, 2, 3, 7]);
});

test('Whatever a crash left of a batch, reading it again leaves all deliveries, each in a lane that is there and known to be due', async () => {
  for (let count = 0; count < 9; count += 1) {
    const webhook = await fixture.webhook(NOWHERE);
    const events = [tagUpdated('a', 1), tagUpdated('a', 2), tagUpdated('b', 1)];
    fixture.crashAfter(count);
    await fixture.take(...events).catch((error) => expect(error).toBeInstanceOf(Crash));
    await fixture.take(...events);
    const { deliveries, lanes } = await fixture.all();
    const own = deliveries.filter(({ webhookId }) => webhookId === webhook.id);
    expect(own).toHaveLength(3);
    for (const { lane } of own) expect(lanes).toContain(lane);
    expect((await fixture.records.standings.get(webhook.id))?.wakeAt).toBeLessThanOrEqual(fixture.now());
    await fixture.records.webhooks.remove(webhook);
  }
});

test('Two copies that store the same events at once store each once', async () => {
  await fixture.webhook(NOWHERE);
  const events = Array.from({ length: 50 }, (_, n) => tagUpdated(`t${n % 5}`, n));
  await Promise.all([fixture.take(...events), fixture.take(...events)]);
  expect((await fixture.all()).deliveries).toHaveLength(50);
});

test('More deliveries than fit in one commit are all stored', async () => {
  for (let n = 0; n < 15; n += 1) await fixture.webhook(NOWHERE);
  const events = Array.from({ length: 150 }, (_, n) => tagUpdated(`t${n}`, 1));
  await fixture.take(...events);
  let count = 0;
  let after: string | null = null;
  do {
    const page: { items: readonly unknown[]; next: string | null } = await fixture.records.deliveries.page({
      index: 'id',
      limit: 1_000,
      ...(after !== null && { after }),
    });
    count += page.items.length;
    after = page.next;
  } while (after !== null);
  expect(count).toBe(15 * 150);
});

test('An event that lacks what its type promises goes aside, and those around it do not', async () => {
  await fixture.webhook(NOWHERE);
  const bad = eventOf('tag.updated', { tag: 7 } as never);
  const aside: CloudEvent[] = [];
  const batch = {
    events: [tagUpdated('a', 1), bad, tagUpdated('b', 1)],
    position: { stream: '2026-01-01T00:00:00Z', sequence: 3, time: '2026-01-01T00:00:00Z' },
    putAside: async (event: CloudEvent) => {
      aside.push(event);
    },
  };
  await takeEvents(fixture.records, batch, 0);
  expect(aside).toEqual([bad]);
  expect(await subjects()).toEqual(['acme/web:a', 'acme/web:b']);
});

describe('pulls', () => {
  const pull = () => eventOf('artifact.pulled', { tag: '1.0' });
  const take = (event: CloudEvent) => takePull(fixture.records, createWebhookFinder(fixture.records), event);

  test('wait for nothing: each has a lane of its own', async () => {
    await fixture.webhook(NOWHERE);
    await take(pull());
    await take(pull());
    const { deliveries, lanes } = await fixture.all();
    expect(lanes.sort()).toEqual(deliveries.map(({ id }) => id).sort());
  });

  test('that come again after a crash are stored once, with their lane', async () => {
    await fixture.webhook(NOWHERE);
    for (let count = 0; count < 3; count += 1) {
      const event = pull();
      fixture.crashAfter(count);
      await take(event).catch((error) => expect(error).toBeInstanceOf(Crash));
      await take(event);
    }
    const { deliveries, lanes } = await fixture.all();
    expect(deliveries).toHaveLength(3);
    expect(lanes).toHaveLength(3);
  });

  test('are not kept for a webhook that is paused', async () => {
    const { id } = await fixture.webhook(NOWHERE);
    const standing = await fixture.records.standings.get(id);
    if (standing === null) throw new Error('no standing');
    await fixture.records.standings.replace({ ...standing, pausedAt: '2026-01-01T00:00:00.000Z' });
    await take(pull());
    expect((await fixture.all()).deliveries).toEqual([]);
    await fixture.take(tagUpdated('1.0', 1));
    expect((await fixture.all()).deliveries).toHaveLength(1);
  });
});

describe('reading', () => {
  test('is for one copy at a time, and for another within seconds when the first dies', async () => {
    const { records } = fixture;
    const first = await claimReading(records, 'one');
    expect(first).toMatchObject({ holder: 'one', ordinal: 0 });
    expect(await claimReading(records, 'two')).toBeNull();
    fixture.advance(READING_LEASE_MS + 1);
    const second = await claimReading(records, 'two');
    expect(second).toMatchObject({ holder: 'two' });
    if (first === null || second === null) throw new Error('not claimed');
    expect(await advanceReading(records, { ...first, ordinal: 5 })).toBeNull();
    expect(await renewReading(records, first)).toBeNull();
    expect(await advanceReading(records, { ...second, ordinal: 7 })).toMatchObject({
      ordinal: 7,
      holder: 'two',
    });
  });

  test('of two copies that claim at once, one has it', async () => {
    const claims = await Promise.all(
      ['one', 'two', 'three'].map((holder) => claimReading(fixture.records, holder)),
    );
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });
});
