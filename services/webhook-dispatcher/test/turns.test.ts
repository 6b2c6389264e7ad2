import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { redeliver } from '../deliveries/redeliver.ts';
import type { StandingDocument } from '../documents/standing.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import { mendStandings } from '../maintenance/mend-standings.ts';
import { retryConflict } from '../retry-conflict.ts';
import { HOLD_MS } from '../turns/hold.ts';
import { MOST_TRIES, TRIES_IN_TURN } from '../turns/retry-schedule.ts';
import { deleteWebhook } from '../webhooks/delete-webhook.ts';
import { resume } from '../webhooks/wake-webhook.ts';
import {
  DAY_MS,
  eventOf,
  type Fixture,
  HOUR_MS,
  ORIGIN,
  openFixture,
  SECOND_MS,
  tagUpdated,
} from './fixture.ts';
import { OK, type Receiver, startReceiver, withStatus } from './receiver.ts';

let fixture: Fixture;
let receiver: Receiver;

beforeEach(async () => {
  fixture = await openFixture();
  receiver = await startReceiver();
});
afterEach(async () => {
  await fixture.dispose();
  await receiver.close();
});

const idsReceived = (of: Receiver = receiver) => of.received.map(({ headers }) => headers['webhook-id']);
const standingOf = async ({ id }: WebhookDocument) => await fixture.records.standings.get(id);

/** Writes a standing whoever else writes it meanwhile. */
async function standingChanged(
  webhook: WebhookDocument,
  change: (standing: StandingDocument) => StandingDocument,
): Promise<void> {
  await retryConflict('the standing', async () => {
    const standing = await standingOf(webhook);
    if (standing === null) throw new Error('no standing');
    await fixture.records.standings.replace(change(standing));
  });
}

/** Until nothing is pending, and no webhook is in hand. */
async function untilDone(): Promise<void> {
  await waitUntil(async () => {
    const { deliveries, lanes } = await fixture.all();
    return lanes.length === 0 && deliveries.every(({ state }) => state !== 'pending');
  });
}

/** Until the delivery was attempted so often. */
async function untilTried(webhook: WebhookDocument, event: { id: string }, count: number): Promise<void> {
  await waitUntil(async () => {
    const { attemptCount } = await fixture.delivery(webhook, event as never);
    return attemptCount >= count;
  });
}

test('Deliveries are sent as their webhook says, signed, and kept with what came back', async () => {
  const webhook = await fixture.webhook(receiver.url, {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    authorization: 'Bearer token-of-the-receiver',
  });
  const event = tagUpdated('1.0', 1);
  fixture.dispatch();
  await fixture.take(event);
  await untilDone();
  const [received] = receiver.received;
  expect(received).toMatchObject({
    path: '/hook',
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'Berth/test',
      'webhook-id': event.id,
      'webhook-signature': expect.stringMatching(/^v1,/),
      authorization: 'Bearer token-of-the-receiver',
    },
    json: { id: event.id, data: { tag: '1.0', sequence: 1 } },
  });
  expect(await fixture.delivery(webhook, event)).toMatchObject({
    state: 'succeeded',
    attemptCount: 1,
    attempts: [{ status: 200, error: null }],
    request: { url: receiver.url, body: received?.body },
    response: { status: 200, body: 'thanks', isTruncated: false },
  });
  await waitUntil(async () => (await standingOf(webhook))?.lastSuccessAt !== undefined);
  expect(await standingOf(webhook)).not.toHaveProperty('holder');
});

test('What fails is tried again after growing pauses, until it has failed; then it can be sent again by hand', async () => {
  receiver.answer = withStatus(503);
  const webhook = await fixture.webhook(receiver.url);
  const event = tagUpdated('1.0', 1);
  await fixture.take(event);
  const dispatch = fixture.dispatch();
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    await untilTried(webhook, event, tries);
    const { dueAt, state } = await fixture.delivery(webhook, event);
    if (tries === MOST_TRIES) expect(state).toBe('failed');
    else {
      expect(receiver.received).toHaveLength(tries);
      fixture.advance((dueAt ?? 0) - fixture.now());
      dispatch.wake();
    }
  }
  await untilDone();
  expect(await fixture.delivery(webhook, event)).toMatchObject({
    state: 'failed',
    attemptCount: MOST_TRIES,
    attempts: expect.arrayContaining([
      expect.objectContaining({ status: 503, error: 'the receiver answered 503 Service Unavailable' }),
    ]),
  });
  // By now it failed for a day.
  await waitUntil(async () => (await standingOf(webhook))?.pausedAt !== undefined);
  await resume(fixture.records, webhook.id);
  receiver.answer = OK;
  await redeliver(fixture.records, webhook.id, `${webhook.id}.${event.id}`);
  dispatch.wake();
  await untilDone();
  expect(await fixture.delivery(webhook, event)).toMatchObject({ state: 'succeeded', tries: 1 });
  expect(new Set(idsReceived())).toEqual(new Set([event.id]));
});

describe('the deliveries of one object', () => {
  test('go out one after the other in the order of the events, while the receiver fails a third of the time', async () => {
    await fixture.dispose();
    fixture = await openFixture({ retryPauseMs: 20 });
    let count = 0;
    receiver.answer = (received, response) => {
      count += 1;
      return count % 3 === 0 ? withStatus(500)(received, response) : OK(received, response);
    };
    await fixture.webhook(receiver.url);
    fixture.dispatch();
    const events = Array.from({ length: 30 }, (_, n) => tagUpdated(`t${n % 3}`, n + 1));
    for (let from = 0; from < 30; from += 10) await fixture.take(...events.slice(from, from + 10));
    await untilDone();
    for (const tag of ['t0', 't1', 't2']) {
      const wanted = events.filter(({ data }) => data.tag === tag).map(({ id }) => id);
      const got = [...new Set(idsReceived())].filter((id) => wanted.includes(String(id)));
      expect(got).toEqual(wanted);
    }
  });

  test('wait for the first, for eight attempts; then it steps aside, and is still tried', async () => {
    const [first, second, other] = [tagUpdated('1.0', 1), tagUpdated('1.0', 2), tagUpdated('2.0', 1)];
    receiver.answer = (received, response) =>
      received.headers['webhook-id'] === first.id
        ? withStatus(500)(received, response)
        : OK(received, response);
    const webhook = await fixture.webhook(receiver.url);
    const dispatch = fixture.dispatch();
    await fixture.take(first, second, other);
    for (let tries = 1; tries <= TRIES_IN_TURN; tries += 1) {
      await untilTried(webhook, first, tries);
      if (tries === TRIES_IN_TURN) break;
      expect((await fixture.delivery(webhook, second)).state).toBe('pending');
      const { dueAt = 0 } = await fixture.delivery(webhook, first);
      fixture.advance(dueAt - fixture.now());
      dispatch.wake();
    }
    await waitUntil(async () => (await fixture.delivery(webhook, second)).state === 'succeeded');
    expect((await fixture.delivery(webhook, other)).state).toBe('succeeded');
    const aside = await fixture.delivery(webhook, first);
    expect(aside).toMatchObject({ state: 'pending', lane: aside.id });
    receiver.answer = OK;
    fixture.advance((aside.dueAt ?? 0) - fixture.now());
    dispatch.wake();
    await untilDone();
    expect((await fixture.delivery(webhook, first)).state).toBe('succeeded');
  });
});

describe('a crash between any two writes', () => {
  test.each([0, 1, 2])('of a success, after %d of them, strands nothing', async (writes) => {
    await fixture.webhook(receiver.url);
    await fixture.take(tagUpdated('1.0', 1), tagUpdated('1.0', 2));
    fixture.crashAfter(writes);
    fixture.dispatch();
    await untilDone();
    expect(new Set(idsReceived()).size).toBe(2);
    expect(fixture.crashes).toBe(1);
  });

  test.each([0, 1, 2])('of a failure, after %d of them, strands nothing', async (writes) => {
    let isFirst = true;
    receiver.answer = (received, response) => {
      const answer = isFirst ? withStatus(500) : OK;
      isFirst = false;
      return answer(received, response);
    };
    const webhook = await fixture.webhook(receiver.url);
    const event = tagUpdated('1.0', 1);
    await fixture.take(event, tagUpdated('1.0', 2));
    fixture.crashAfter(writes);
    const dispatch = fixture.dispatch();
    await waitUntil(() => receiver.received.length > 0);
    await waitUntil(async () => {
      const { attemptCount, state } = await fixture.delivery(webhook, event);
      return attemptCount > 0 || state === 'succeeded';
    });
    fixture.advance(10 * SECOND_MS);
    dispatch.wake();
    await untilDone();
    expect(fixture.crashes).toBe(1);
  });

  test.each([0, 1, 2])('of stepping aside, after %d of them, strands nothing', async (writes) => {
    receiver.answer = withStatus(500);
    const webhook = await fixture.webhook(receiver.url);
    const event = tagUpdated('1.0', 1);
    await fixture.take(event, tagUpdated('1.0', 2));
    const delivery = await fixture.delivery(webhook, event);
    await fixture.records.deliveries.replace({ ...delivery, tries: TRIES_IN_TURN - 1 });
    fixture.crashAfter(writes);
    const dispatch = fixture.dispatch();
    await waitUntil(() => receiver.received.length > 0);
    receiver.answer = OK;
    await waitUntil(async () => {
      fixture.advance(HOUR_MS / 10);
      dispatch.wake();
      const { deliveries, lanes } = await fixture.all();
      return lanes.length === 0 && deliveries.every(({ state }) => state === 'succeeded');
    });
    expect(fixture.crashes).toBe(1);
  });

  test.each([0, 1, 2])('of a redelivery, after %d of them, strands nothing', async (writes) => {
    const webhook = await fixture.webhook(receiver.url);
    const event = tagUpdated('1.0', 1);
    const dispatch = fixture.dispatch();
    await fixture.take(event);
    await untilDone();
    fixture.crashAfter(writes);
    await redeliver(fixture.records, webhook.id, `${webhook.id}.${event.id}`).catch(() => {});
    await waitUntil(async () => {
      fixture.advance(10 * SECOND_MS);
      await mendStandings(fixture.records);
      dispatch.wake();
      const { deliveries, lanes } = await fixture.all();
      return lanes.length === 0 && deliveries.every(({ state }) => state === 'succeeded');
    });
    expect(receiver.received).toHaveLength(writes < 2 ? 1 : 2);
    expect(fixture.crashes).toBe(1);
  });
});

describe('deliveries that come for an object while one of it is stored', () => {
  test.each([
    ['as delivered are delivered too', OK, 1],
    ['as failed wait for it, and it counts once', withStatus(500), 2],
  ])('%s', async (_what, answer, tries) => {
    receiver.answer = answer;
    const webhook = await fixture.webhook(receiver.url);
    const [first, second] = [tagUpdated('1.0', 1), tagUpdated('1.0', 2)];
    await fixture.take(first);
    fixture.meanwhile(() => fixture.take(second));
    const dispatch = fixture.dispatch();
    await untilTried(webhook, first, 1);
    expect((await fixture.delivery(webhook, first)).tries).toBe(1);
    receiver.answer = OK;
    const { dueAt = 0 } = await fixture.delivery(webhook, first);
    fixture.advance(Math.max(0, dueAt - fixture.now()));
    dispatch.wake();
    await untilDone();
    expect((await fixture.delivery(webhook, first)).tries).toBe(tries);
    expect([...new Set(idsReceived())]).toEqual([first.id, second.id]);
  });
});

test('At most four deliveries of a webhook are under way at one time, and a slow receiver delays no other webhook', async () => {
  const held: (() => void)[] = [];
  receiver.answer = (received, response) => held.push(() => void OK(received, response));
  const slow = await fixture.webhook(receiver.url);
  const quickReceiver = await startReceiver();
  await fixture.webhook(quickReceiver.url);
  fixture.dispatch();
  const events = Array.from({ length: 12 }, (_, n) => tagUpdated(`t${n}`, 1));
  await fixture.take(...events);
  await waitUntil(() => quickReceiver.received.length === 12);
  await waitUntil(() => receiver.open === 4);
  expect(receiver.received).toHaveLength(4);
  receiver.answer = OK;
  for (const release of held) release();
  await untilDone();
  expect(receiver.mostOpen).toBe(4);
  expect(idsReceived(quickReceiver).sort()).toEqual(events.map(({ id }) => id).sort());
  expect((await fixture.all()).deliveries.filter(({ webhookId }) => webhookId === slow.id)).toHaveLength(12);
  await quickReceiver.close();
});

describe('two copies on one store', () => {
  test('share the webhooks: each delivery is sent once', async () => {
    for (let n = 0; n < 8; n += 1) await fixture.webhook(`${receiver.url}${n}`);
    const copies = [fixture.dispatch('one'), fixture.dispatch('two')];
    const events = Array.from({ length: 20 }, (_, n) => tagUpdated(`t${n}`, 1));
    for (const event of events) await fixture.take(event);
    await untilDone();
    expect(receiver.received).toHaveLength(8 * 20);
    await Promise.all(copies.map((copy) => copy.stop()));
  });

  test('do not go on with what the other took over', async () => {
    const held: (() => void)[] = [];
    receiver.answer = (received, response) => held.push(() => void OK(received, response));
    const webhook = await fixture.webhook(receiver.url);
    await fixture.take(tagUpdated('1.0', 1), tagUpdated('1.0', 2));
    const turn = await fixture.turn(webhook);
    await waitUntil(() => held.length === 1);
    await standingChanged(webhook, (standing) => ({
      ...standing,
      holder: 'other',
      wakeAt: fixture.now() + HOLD_MS,
    }));
    await fixture.take(tagUpdated('2.0', 1));
    receiver.answer = OK;
    turn.bell.ring();
    await waitUntil(() => turn.hold.isLost);
    for (const release of held) release();
    await turn.ended;
    expect(receiver.received).toHaveLength(1);
    expect(await standingOf(webhook)).toMatchObject({ holder: 'other' });
  });

  test('take over what the other had in hand when it died, when its lease is over', async () => {
    const webhook = await fixture.webhook(receiver.url);
    await fixture.take(tagUpdated('1.0', 1));
    const wakeAt = fixture.now() + HOLD_MS;
    await standingChanged(webhook, (standing) => ({ ...standing, holder: 'dead', wakeAt }));
    const dispatch = fixture.dispatch('living');
    await fixture.take(tagUpdated('2.0', 1));
    expect((await standingOf(webhook))?.holder).toBe('dead');
    expect(receiver.received).toEqual([]);
    fixture.advance(HOLD_MS);
    dispatch.wake();
    await untilDone();
    expect(receiver.received).toHaveLength(2);
  });
});

test('A copy that stops lets attempts under way end, begins no other, and gives its webhooks back at once', async () => {
  let release = () => {};
  receiver.answer = (received, response) => {
    release = () => void OK(received, response);
  };
  const webhook = await fixture.webhook(receiver.url);
  const dispatch = fixture.dispatch();
  await fixture.take(tagUpdated('1.0', 1), tagUpdated('1.0', 2));
  await waitUntil(() => receiver.open === 1);
  const stopped = dispatch.stop();
  release();
  await stopped;
  const { deliveries } = await fixture.all();
  expect(deliveries.map(({ state }) => state).sort()).toEqual(['pending', 'succeeded']);
  const standing = await standingOf(webhook);
  expect(standing).not.toHaveProperty('holder');
  expect(standing?.wakeAt).toBeLessThanOrEqual(fixture.now());
  receiver.answer = OK;
  fixture.dispatch();
  await untilDone();
});

test('A copy that stops cuts off what does not end in time, and another sends it at once', async () => {
  receiver.answer = () => {};
  const webhook = await fixture.webhook(receiver.url);
  const event = tagUpdated('1.0', 1);
  const dispatch = fixture.dispatch();
  await fixture.take(event);
  await waitUntil(() => receiver.open === 1);
  const startedAt = Date.now();
  await dispatch.stop();
  expect(Date.now() - startedAt).toBeLessThan(8_000);
  expect(await fixture.delivery(webhook, event)).toMatchObject({ state: 'pending', attemptCount: 0 });
  receiver.answer = OK;
  fixture.dispatch();
  await untilDone();
});

describe('a webhook', () => {
  test('that fails for a day without one success is paused and says so; its deliveries wait until it is resumed', async () => {
    receiver.answer = withStatus(500);
    const webhook = await fixture.webhook(receiver.url);
    const dispatch = fixture.dispatch();
    const first = tagUpdated('1.0', 1);
    await fixture.take(first);
    await untilTried(webhook, first, 1);
    await waitUntil(async () => (await standingOf(webhook))?.failingSince !== undefined);
    const second = tagUpdated('2.0', 1);
    fixture.advance(DAY_MS);
    await fixture.take(second);
    await waitUntil(async () => (await standingOf(webhook))?.pausedAt !== undefined);
    expect(await standingOf(webhook)).toMatchObject({
      pauseReason: expect.stringMatching(/nothing was delivered since 20.*500 Internal Server Error/),
    });
    const sent = receiver.received.length;
    await fixture.take(tagUpdated('3.0', 1));
    fixture.advance(DAY_MS);
    dispatch.wake();
    expect(await standingOf(webhook)).not.toHaveProperty('wakeAt');
    expect(receiver.received).toHaveLength(sent);
    receiver.answer = OK;
    await resume(fixture.records, webhook.id);
    dispatch.wake();
    await untilDone();
    expect((await fixture.all()).deliveries.map(({ state }) => state)).toEqual(Array(3).fill('succeeded'));
    const standing = await standingOf(webhook);
    for (const field of ['pausedAt', 'pauseReason', 'failingSince'])
      expect(standing).not.toHaveProperty(field);
  });

  test('with one success in between is not paused', async () => {
    receiver.answer = withStatus(500);
    const webhook = await fixture.webhook(receiver.url);
    const dispatch = fixture.dispatch();
    await fixture.take(tagUpdated('1.0', 1));
    await waitUntil(async () => (await standingOf(webhook))?.failingSince !== undefined);
    receiver.answer = OK;
    fixture.advance(DAY_MS / 2);
    dispatch.wake();
    await untilDone();
    await waitUntil(async () => (await standingOf(webhook))?.failingSince === undefined);
    receiver.answer = withStatus(500);
    fixture.advance(DAY_MS / 2);
    await fixture.take(tagUpdated('1.0', 2));
    await waitUntil(async () => (await standingOf(webhook))?.failingSince !== undefined);
    expect(await standingOf(webhook)).not.toHaveProperty('pausedAt');
  });

  test('whose receiver answers 410 is paused at once, and loses nothing', async () => {
    receiver.answer = withStatus(410);
    const webhook = await fixture.webhook(receiver.url);
    fixture.dispatch();
    const event = tagUpdated('1.0', 1);
    await fixture.take(event);
    await waitUntil(async () => (await standingOf(webhook))?.pausedAt !== undefined);
    expect(await standingOf(webhook)).toMatchObject({ pauseReason: 'the receiver answered 410 Gone' });
    expect(await fixture.delivery(webhook, event)).toMatchObject({ state: 'pending' });
  });

  test('that was deleted leaves nothing behind, however many deliveries wait', async () => {
    const webhook = await fixture.webhook(receiver.url);
    receiver.answer = withStatus(500);
    const dispatch = fixture.dispatch();
    await fixture.take(...Array.from({ length: 300 }, (_, n) => tagUpdated(`t${n}`, 1)));
    await waitUntil(() => receiver.received.length > 4);
    await deleteWebhook(fixture.records, webhook, ORIGIN);
    dispatch.wake();
    await waitUntil(async () => (await standingOf(webhook)) === null);
    expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
  });

  test.each(['rests', 'is paused'])('that is deleted while it %s leaves nothing behind', async (how) => {
    const webhook = await fixture.webhook(receiver.url);
    receiver.answer = how === 'rests' ? OK : withStatus(410);
    const dispatch = fixture.dispatch();
    await fixture.take(tagUpdated('1.0', 1));
    await waitUntil(() => receiver.received.length > 0);
    await waitUntil(async () => (await standingOf(webhook))?.wakeAt === undefined);
    await deleteWebhook(fixture.records, webhook, ORIGIN);
    dispatch.wake();
    await waitUntil(async () => (await standingOf(webhook)) === null);
    expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
  });

  test('that was deleted while it rested is found when a crash left it unwoken', async () => {
    const webhook = await fixture.webhook(receiver.url);
    const dispatch = fixture.dispatch();
    await fixture.take(tagUpdated('1.0', 1));
    await untilDone();
    await waitUntil(async () => (await standingOf(webhook))?.wakeAt === undefined);
    await fixture.records.webhooks.remove(webhook);
    await mendStandings(fixture.records);
    dispatch.wake();
    await waitUntil(async () => (await standingOf(webhook)) === null);
    expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
  });

  test('of a registry that is deleted gets that event too, then goes by itself', async () => {
    const webhook = await fixture.webhook(receiver.url);
    const global = await fixture.webhook(`${receiver.url}/all`, {}, null);
    const dispatch = fixture.dispatch();
    const deleted = eventOf('registry.deleted');
    await fixture.take(tagUpdated('1.0', 1), deleted);
    await untilDone();
    expect(idsReceived().filter((id) => id === deleted.id)).toHaveLength(2);
    expect(await fixture.records.webhooks.get(webhook.id)).not.toBeNull();
    fixture.advance(61 * SECOND_MS);
    dispatch.wake();
    await waitUntil(async () => (await standingOf(webhook)) === null);
    expect(await fixture.records.webhooks.get(webhook.id)).toBeNull();
    expect(await fixture.records.webhooks.get(global.id)).not.toBeNull();
    const events = await fixture.records.store.outbox.unsent(100);
    const last = JSON.parse(events.at(-1)?.payload ?? '{}');
    expect(last).toMatchObject({
      type: 'berth.webhook.deleted',
      data: { object: { id: webhook.id }, actor: { name: 'alice' } },
    });
  });

  test.each(['failing', 'disabled'])(
    'that is %s goes a day after its registry at the latest',
    async (how) => {
      receiver.answer = withStatus(500);
      const webhook = await fixture.webhook(receiver.url);
      const dispatch = fixture.dispatch();
      const event = tagUpdated('1.0', 1);
      await fixture.take(event);
      await untilTried(webhook, event, 1);
      if (how === 'disabled') {
        await waitUntil(async () => (await standingOf(webhook))?.holder === undefined);
        await fixture.records.webhooks.replace({ ...webhook, enabled: false });
      }
      await fixture.take(eventOf('registry.deleted'));
      fixture.advance(DAY_MS / 2);
      dispatch.wake();
      await waitUntil(async () => {
        const { wakeAt = 0, holder } = (await standingOf(webhook)) ?? {};
        return holder === undefined && wakeAt > fixture.now();
      });
      expect(await fixture.records.webhooks.get(webhook.id)).not.toBeNull();
      await waitUntil(async () => {
        fixture.advance(DAY_MS / 20);
        dispatch.wake();
        return (await standingOf(webhook)) === null;
      });
      expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
    },
  );
});
