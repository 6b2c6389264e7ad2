import type { EventData } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { tagUpdated } from './events.ts';
import { OK, withStatus } from './receiver.ts';
import { type ServiceFixture, startServiceFixture } from './service-fixture.ts';

let fixture: ServiceFixture;

beforeAll(async () => {
  fixture = await startServiceFixture({ env: { BERTH_WEBHOOK_RETRY_PAUSE: '50ms' } });
});
afterAll(() => fixture.stop());
afterEach(() => fixture.reset());

describe('a webhook', () => {
  test('that is disabled gets nothing; enabled again it gets what comes from then on', async () => {
    const { id } = await fixture.create();
    await fixture.call('ann', 'PATCH', `/${id}`, { body: { enabled: false } });
    expect((await fixture.call('ann', 'GET', `/${id}`)).body.state).toBe('disabled');
    await fixture.create();
    const missed = tagUpdated('missed', 1);
    fixture.emit(missed);
    await waitUntil(() =>
      fixture.receiver.received.some(({ headers }) => headers['webhook-id'] === missed.id),
    );
    await fixture.call('ann', 'PATCH', `/${id}`, { body: { enabled: true } });
    fixture.emit(tagUpdated('taken', 1));
    await waitUntil(async () => (await fixture.deliveries(id)).length > 0);
    expect((await fixture.deliveries(id)).map(({ subject }) => subject)).toEqual(['acme/web:taken']);
  });

  test.each([
    ['another host', { url: 'http://127.0.0.1:9/' }],
    ['the same one unverified', { skipTlsVerify: true }],
  ])('sends what is secret to %s only when it is given again', async (_, change) => {
    const secrets = { secret: 'a secret of the hook', authorization: 'Bearer of-ann' };
    const { id } = await fixture.create(secrets);
    const patch = async (body: object) => await fixture.call('ann', 'PATCH', `/${id}`, { body });
    const refused = await patch(change);
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      expect.stringContaining('secret and authorization'),
    ]);
    expect((await patch({ ...change, secret: null })).status).toBe(400);
    expect((await patch({ ...change, ...secrets })).body).toMatchObject({ hasSecret: true, ...change });
  });

  test('tells of its changes by events, without any value', async () => {
    const { id } = await fixture.create({ secret: 'a secret of the hook' });
    await fixture.call('ann', 'PATCH', `/${id}`, {
      body: { url: `${fixture.receiver.url}/other`, secret: null },
    });
    await fixture.call('ann', 'PATCH', `/${id}`, { body: {} });
    await fixture.call('ann', 'DELETE', `/${id}`);
    const { outbox } = fixture.dispatcher.records.store;
    // The relay marks what it has sent meanwhile: what is seen is kept.
    const seen = new Map<number, { type: string; subject: string; data: EventData<'webhook.updated'> }>();
    await waitUntil(async () => {
      await outbox.resend(new Date(0));
      for (const { payload, sequence } of await outbox.unsent(1_000)) {
        const event = JSON.parse(payload);
        if (event.data.object.id === id) seen.set(sequence, event);
      }
      return seen.size === 3;
    });
    const events = [...seen].sort(([a], [b]) => a - b).map(([, event]) => event);
    expect(events.map(({ type, data }) => [type, data.actor.name, data.via, data.changes])).toEqual([
      ['berth.webhook.created', 'admin', 'api', undefined],
      ['berth.webhook.updated', 'ann', 'api', ['secret', 'url']],
      ['berth.webhook.deleted', 'ann', 'api', undefined],
    ]);
    expect(events[0]).toMatchObject({
      subject: `webhook/${id}`,
      data: { registry: 'acme', registryId: 'r-acme', object: { kind: 'webhook' }, address: '127.0.0.1' },
    });
    const sequences = events.map(({ data }) => data.sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  test('at most 500 of them are in a registry, also when they come at once', async () => {
    const { records } = fixture.dispatcher;
    for (let slot = 1; slot <= 498; slot += 1) {
      const at = '2026-01-01T00:00:00.000Z';
      await records.webhooks.insert(`filler-${slot}`, {
        registryId: 'r-acme',
        registry: 'acme',
        slot,
        name: `filler ${slot}`,
        url: fixture.receiver.url,
        events: ['tag.deleted'],
        includeAttached: false,
        format: 'slack',
        skipTlsVerify: false,
        enabled: false,
        listensSince: 0,
        createdAt: at,
        updatedAt: at,
        createdBy: { id: 'u', kind: 'user', name: 'u' },
      });
    }
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => fixture.call('ann', 'POST', '', { body: fixture.settings() })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('WEBHOOK_LIMIT');
  });
});

test('A pause is shown with its reason, and ends when somebody enables the webhook', async () => {
  fixture.receiver.answer = withStatus(410);
  const { id } = await fixture.create();
  fixture.emit(tagUpdated('1.0', 1));
  const paused = await waitUntil(async () => {
    const { body } = await fixture.call('ann', 'GET', `/${id}`);
    return body.state === 'paused' && body;
  });
  expect(paused).toMatchObject({
    enabled: true,
    pauseReason: 'the receiver answered 410 Gone',
    pausedAt: expect.any(String),
  });
  fixture.receiver.answer = OK;
  await fixture.call('ann', 'PATCH', `/${id}`, { body: { format: 'slack' } });
  expect((await fixture.call('ann', 'GET', `/${id}`)).body.state).toBe('paused');
  expect((await fixture.call('ann', 'PATCH', `/${id}`, { body: { enabled: true } })).body).toMatchObject({
    state: 'active',
    pausedAt: null,
    pauseReason: null,
  });
  await waitUntil(async () => (await fixture.deliveries(id, '?state=succeeded')).length === 1);
  await waitUntil(async () => (await fixture.call('ann', 'GET', `/${id}`)).body.lastSuccessAt !== null);
});
