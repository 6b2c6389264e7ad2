import type { CloudEvent } from '@berth/contracts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { advanceReading, claimReading, READING_LEASE_MS, renewReading } from '../intake/reading-lease.ts';
import { takeEvents } from '../intake/take-events.ts';
import { createPullIntake, MAX_LANES_WITH_PULLS } from '../intake/take-pull.ts';
import { updateWebhook } from '../webhooks/update-webhook.ts';
import { resume } from '../webhooks/wake-webhook.ts';
import { openSettings } from '../webhooks/webhook-settings.ts';
import { Crash } from './dying-store.ts';
import { eventOf, tagUpdated } from './events.ts';
import { type ACME, type Fixture, ORIGIN, openFixture } from './fixture.ts';

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
  expect(events.map(({ id }) => ofEvent.get(id))).toEqual([1, 2, 3, 4]);
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
    sequences: [1, 2, 3],
    position: { stream: '2026-01-01T00:00:00Z', sequence: 3, time: '2026-01-01T00:00:00Z' },
    putAside: async (event: CloudEvent) => {
      aside.push(event);
    },
  };
  await takeEvents(fixture.records, batch, { epoch: 0, ordinal: 0 });
  expect(aside).toEqual([bad]);
  expect(await subjects()).toEqual(['acme/web:a', 'acme/web:b']);
});

test('How long a webhook failed before it is enabled again counts no more', async () => {
  const { standings } = fixture.records;
  const { id } = await fixture.webhook(NOWHERE);
  await fixture.take(tagUpdated('1.0', 1));
  const standing = await standings.get(id);
  if (standing === null) throw new Error('no standing');
  await standings.replace({ ...standing, failingSince: '2026-01-01T00:00:00.000Z' });
  await resume(fixture.records, id);
  expect((await standings.get(id))?.failingSince).toBeUndefined();
});

describe('pulls', () => {
  const pull = () => eventOf('artifact.pulled', { tag: '1.0' });
  const take = (event: CloudEvent) => createPullIntake(fixture.records)(event);

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

  test('are told to a webhook no more while a thousand wait', async () => {
    const { id } = await fixture.webhook(NOWHERE);
    const { lanes, store } = fixture.records;
    const waiting = Array.from({ length: MAX_LANES_WITH_PULLS }, (_, n) =>
      lanes.write.insert(`lane ${n}`, { webhookId: id, dueAt: 0 }),
    );
    await store.writeMany(waiting);
    await take(pull());
    expect((await fixture.all()).deliveries).toEqual([]);
    await fixture.take(tagUpdated('1.0', 1));
    expect((await fixture.all()).deliveries).toHaveLength(1);
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

test('An event that was taken before is not for a webhook that listens only since then, nor for what one asks for only since then', async () => {
  const narrow = await fixture.webhook(NOWHERE, { events: ['tag.deleted'] });
  const event = { ...tagUpdated('1.0', 1), time: new Date(fixture.now()).toISOString() };
  await fixture.take(event);
  fixture.advance(60_000);
  await fixture.webhook(NOWHERE);
  await updateWebhook(fixture.dispatcher, narrow, {
    settings: { ...openSettings(narrow), events: ['tag.updated'] },
    secret: { kept: true },
    authorization: { kept: true },
    endsPause: false,
    origin: ORIGIN,
  });
  await fixture.take(event, tagUpdated('1.0', 2));
  const { deliveries } = await fixture.all();
  expect(deliveries.map(({ ordinal }) => ordinal)).toEqual([2, 2]);
});

test('A copy that stalled with events in hand stores them in the places that the next one gives them', async () => {
  await fixture.webhook(NOWHERE);
  const events = [1, 2, 3].map((n) => tagUpdated('1.0', n));
  await fixture.take(...events.slice(0, 2));
  const position = { stream: '2026-01-01T00:00:00Z', sequence: 3, time: '2026-01-01T00:00:00Z' };
  const late = { events: events.slice(2), sequences: [3], position, putAside: async () => {} };
  await fixture.take(...events);
  await takeEvents(fixture.records, late, { epoch: 0, ordinal: 2 });
  const { deliveries } = await fixture.all();
  const inOrder = deliveries.toSorted((a, b) => a.ordinal - b.ordinal).map(({ eventId }) => eventId);
  expect(inOrder).toEqual(events.map(({ id }) => id));
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
