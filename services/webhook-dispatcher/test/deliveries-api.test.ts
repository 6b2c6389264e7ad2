import { waitUntil } from '@berth/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pruneDeliveries } from '../maintenance/prune-deliveries.ts';
import { DAY_MS, eventOf, tagUpdated } from './events.ts';
import { OK, withStatus } from './receiver.ts';
import { type ServiceFixture, startServiceFixture } from './service-fixture.ts';

let fixture: ServiceFixture;

beforeAll(async () => {
  fixture = await startServiceFixture({ env: { BERTH_WEBHOOK_RETRY_PAUSE: '50ms' } });
});
afterAll(() => fixture.stop());
afterEach(() => fixture.reset());

describe('deliveries', () => {
  test('of events on the bus come within moments, each once, and are in the log newest first', async () => {
    const { id } = await fixture.create();
    const events = [1, 2, 3].map((n) => tagUpdated(`t${n}`, n));
    for (const event of events) {
      fixture.emit(event);
      await waitUntil(() =>
        fixture.receiver.received.some(({ headers }) => headers['webhook-id'] === event.id),
      );
    }
    await waitUntil(async () => (await fixture.deliveries(id, '?state=succeeded')).length === 3);
    const listed = await fixture.deliveries(id);
    expect(listed.map(({ event }) => event)).toEqual(events.map(({ id: eventId }) => eventId).reverse());
    expect(listed[0]).toEqual({
      id: `${id}.${events[2]?.id}`,
      event: events[2]?.id,
      type: 'tag.updated',
      subject: 'acme/web:t3',
      state: 'succeeded',
      attemptCount: 1,
      status: 200,
      error: null,
      nextAttemptAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await fixture.deliveries(id, '?state=failed')).toEqual([]);
    const page = (await fixture.call('ann', 'GET', `/${id}/deliveries?limit=2`)).body;
    expect(page.items).toEqual(listed.slice(0, 2));
    expect((await fixture.call('ann', 'GET', `/${id}/deliveries?after=${page.next}&limit=2`)).body).toEqual({
      items: listed.slice(2),
      next: null,
    });
    expect((await fixture.call('ann', 'GET', `/${id}/deliveries?state=odd`)).status).toBe(400);
  });

  test('show the request without what is secret, the response and each attempt', async () => {
    fixture.receiver.answer = withStatus(500);
    const { id } = await fixture.create({ secret: 'a secret of the hook', authorization: 'Bearer abcdef' });
    const event = tagUpdated('1.0', 1);
    fixture.emit(event);
    await waitUntil(async () => Number((await fixture.deliveries(id))[0]?.attemptCount) >= 2);
    fixture.receiver.answer = OK;
    await waitUntil(async () => (await fixture.deliveries(id, '?state=succeeded')).length === 1);
    const detail = await fixture.call('ann', 'GET', `/${id}/deliveries/${id}.${event.id}`);
    expect(detail.body).toMatchObject({
      state: 'succeeded',
      request: {
        url: fixture.receiver.url,
        headers: { 'webhook-id': event.id, 'user-agent': expect.stringMatching(/^Berth\/\d/) },
      },
      response: { status: 200, body: 'thanks', isTruncated: false },
    });
    const { attempts, request } = detail.body;
    expect(attempts.at(0)).toMatchObject({
      status: 500,
      error: 'the receiver answered 500 Internal Server Error',
    });
    expect(attempts.at(-1)).toMatchObject({ status: 200, error: null });
    expect(Object.keys(request.headers).sort()).toEqual([
      'content-type',
      'user-agent',
      'webhook-id',
      'webhook-timestamp',
    ]);
    expect(JSON.parse(request.body)).toMatchObject({
      id: event.id,
      source: 'https://berth.example.com/api/v1/registries/acme',
    });
    const cached = await fixture.call('ann', 'GET', `/${id}/deliveries/${id}.${event.id}`, {
      headers: { 'If-None-Match': detail.headers.get('etag') ?? '' },
    });
    expect(cached.status).toBe(304);
  });

  test('are sent again by hand with the same event id', async () => {
    const { id } = await fixture.create();
    const event = tagUpdated('1.0', 1);
    fixture.emit(event);
    await waitUntil(async () => (await fixture.deliveries(id, '?state=succeeded')).length === 1);
    const answer = await fixture.call('ann', 'POST', `/${id}/deliveries/${id}.${event.id}/redeliver`);
    expect([answer.status, answer.body]).toEqual([
      202,
      expect.objectContaining({ state: 'pending', event: event.id }),
    ]);
    expect(answer.headers.get('location')).toBe(`/api/v1/webhooks/${id}/deliveries/${id}.${event.id}`);
    await waitUntil(() => fixture.receiver.received.length === 2);
    expect(fixture.receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
      event.id,
      event.id,
    ]);
  });

  test('of pulls come too, though nobody keeps those events', async () => {
    const { id } = await fixture.create({ events: ['artifact.pulled'] });
    await waitUntil(async () => {
      fixture.testBus.bus.publishAndForget(eventOf('artifact.pulled', { tag: '1.0' }));
      return (await fixture.deliveries(id, '?state=succeeded')).length > 0;
    });
  });
});

describe('a test', () => {
  test('sends a sample now and tells what came of it; it is kept and never tried again', async () => {
    const { id } = await fixture.create({ enabled: false });
    const good = await fixture.call('ann', 'POST', `/${id}/test`);
    expect([good.status, good.body]).toEqual([
      200,
      expect.objectContaining({
        state: 'succeeded',
        type: 'artifact.pushed',
        response: expect.objectContaining({ status: 200 }),
      }),
    ]);
    expect(fixture.receiver.received[0]?.json).toMatchObject({
      type: 'berth.artifact.pushed',
      data: { test: true, registry: 'acme' },
    });
    fixture.receiver.answer = withStatus(404);
    const bad = await fixture.call('ann', 'POST', `/${id}/test`);
    expect(bad.body).toMatchObject({
      state: 'failed',
      error: 'the receiver answered 404 Not Found',
      nextAttemptAt: null,
    });
    expect((await fixture.deliveries(id)).map(({ state }) => state)).toEqual(['failed', 'succeeded']);
  });
});

test('The metrics tell of attempts, of the lag, and of what is pending', async () => {
  await fixture.create();
  fixture.emit(tagUpdated('1.0', 1));
  await waitUntil(() => fixture.receiver.received.length === 1);
  await waitUntil(async () => /outcome="succeeded"\S* [1-9]/.test(await fixture.metrics.text()));
  const text = await fixture.metrics.text();
  for (const name of [
    'berth_webhook_attempts_total',
    'berth_webhook_delivery_lag_seconds_bucket',
    'berth_webhook_deliveries_pending',
  ])
    expect(text).toContain(name);
});

test('Deliveries older than the retention are removed, whatever became of them', async () => {
  const { id } = await fixture.create();
  const { records } = fixture.dispatcher;
  fixture.emit(tagUpdated('1.0', 1));
  await waitUntil(async () => (await fixture.deliveries(id, '?state=succeeded')).length === 1);
  const options = { retentionMs: 14 * DAY_MS, stopping: new AbortController().signal };
  await pruneDeliveries(records, options);
  expect(await fixture.deliveries(id)).toHaveLength(1);
  fixture.advance(14 * DAY_MS + 60_000);
  fixture.receiver.answer = withStatus(500);
  fixture.emit(eventOf('tag.updated', { tag: '2.0' }, Date.now() + 15 * DAY_MS));
  await waitUntil(async () => (await fixture.deliveries(id)).length === 2);
  await pruneDeliveries(records, options);
  expect((await fixture.deliveries(id)).map(({ subject }) => subject)).toEqual(['acme/web:2.0']);
});
