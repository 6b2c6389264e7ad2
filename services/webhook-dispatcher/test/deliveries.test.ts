import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { redeliver } from '../deliveries/redeliver.ts';
import { MOST_TRIES, TRIES_IN_TURN } from '../turns/retry-schedule.ts';
import { resume } from '../webhooks/wake-webhook.ts';
import { tagUpdated } from './events.ts';
import { type Fixture, openFixture } from './fixture.ts';
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

test('Deliveries are sent as their webhook says, signed, and kept with what came back', async () => {
  const webhook = await fixture.webhook(receiver.url, {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    authorization: 'Bearer token-of-the-receiver',
  });
  const event = tagUpdated('1.0', 1);
  fixture.dispatch();
  await fixture.take(event);
  await fixture.untilDone();
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
  await waitUntil(async () => (await fixture.standing(webhook))?.lastSuccessAt !== undefined);
  expect(await fixture.standing(webhook)).not.toHaveProperty('holder');
});

test('What fails is tried again after growing pauses, until it has failed; then it can be sent again by hand', async () => {
  receiver.answer = withStatus(503);
  const webhook = await fixture.webhook(receiver.url);
  const event = tagUpdated('1.0', 1);
  await fixture.take(event);
  const dispatch = fixture.dispatch();
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    await fixture.untilTried(webhook, event, tries);
    const { dueAt, state } = await fixture.delivery(webhook, event);
    if (tries === MOST_TRIES) expect(state).toBe('failed');
    else {
      expect(receiver.received).toHaveLength(tries);
      fixture.advance((dueAt ?? 0) - fixture.now());
      dispatch.wake();
    }
  }
  await fixture.untilDone();
  expect(await fixture.delivery(webhook, event)).toMatchObject({
    state: 'failed',
    attemptCount: MOST_TRIES,
    attempts: expect.arrayContaining([
      expect.objectContaining({ status: 503, error: 'the receiver answered 503 Service Unavailable' }),
    ]),
  });
  // By now it failed for a day.
  await waitUntil(async () => (await fixture.standing(webhook))?.pausedAt !== undefined);
  await resume(fixture.records, webhook.id);
  receiver.answer = OK;
  await redeliver(fixture.records, webhook.id, `${webhook.id}.${event.id}`);
  dispatch.wake();
  await fixture.untilDone();
  expect(await fixture.delivery(webhook, event)).toMatchObject({ state: 'succeeded', tries: 1 });
  expect(new Set(receiver.ids)).toEqual(new Set([event.id]));
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
    await fixture.untilDone();
    for (const tag of ['t0', 't1', 't2']) {
      const wanted = events.filter(({ data }) => data.tag === tag).map(({ id }) => id);
      const got = [...new Set(receiver.ids)].filter((id) => wanted.includes(String(id)));
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
      await fixture.untilTried(webhook, first, tries);
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
    await fixture.untilDone();
    expect((await fixture.delivery(webhook, first)).state).toBe('succeeded');
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
    await fixture.untilTried(webhook, first, 1);
    expect((await fixture.delivery(webhook, first)).tries).toBe(1);
    receiver.answer = OK;
    const { dueAt = 0 } = await fixture.delivery(webhook, first);
    fixture.advance(Math.max(0, dueAt - fixture.now()));
    dispatch.wake();
    await fixture.untilDone();
    expect((await fixture.delivery(webhook, first)).tries).toBe(tries);
    expect([...new Set(receiver.ids)]).toEqual([first.id, second.id]);
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
  await fixture.untilDone();
  expect(receiver.mostOpen).toBe(4);
  expect(quickReceiver.ids.toSorted()).toEqual(events.map(({ id }) => id).sort());
  expect((await fixture.all()).deliveries.filter(({ webhookId }) => webhookId === slow.id)).toHaveLength(12);
  await quickReceiver.close();
});

test('While the disk is full an event is sent once, and what came of it is stored when there is room', async () => {
  const webhook = await fixture.webhook(receiver.url);
  const event = tagUpdated('1.0', 1);
  await fixture.take(event);
  fixture.disk.full = true;
  fixture.dispatch();
  await waitUntil(() => fixture.disk.refusals > 4);
  expect(receiver.ids).toEqual([event.id]);
  fixture.disk.full = false;
  await fixture.untilDone();
  expect(receiver.ids).toEqual([event.id]);
  expect(await fixture.delivery(webhook, event)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
});
