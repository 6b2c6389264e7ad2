import { WebhookResource } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pruneDeliveries } from '../maintenance/prune-deliveries.ts';
import { DAY_MS, eventOf, tagUpdated } from './fixture.ts';
import { OK, type Receiver, startReceiver, withStatus } from './receiver.ts';
import { type ServiceFixture, startServiceFixture } from './service-fixture.ts';

let fixture: ServiceFixture;
let receiver: Receiver;
let names = 0;

beforeAll(async () => {
  fixture = await startServiceFixture({ env: { BERTH_WEBHOOK_RETRY_PAUSE: '50ms' } });
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  const { body } = await fixture.call('admin', 'GET', '?limit=500');
  for (const { id } of body.items) await fixture.call('admin', 'DELETE', `/${id}`);
  await receiver.close();
});

function settings(more: Record<string, unknown> = {}) {
  names += 1;
  return { registry: 'acme', name: `hook ${names}`, url: receiver.url, events: ['tag.updated'], ...more };
}

async function created(more: Record<string, unknown> = {}, user = 'admin') {
  const answer = await fixture.call(user, 'POST', '', { body: settings(more) });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body;
}

async function deliveriesOf(id: string, query = ''): Promise<Record<string, unknown>[]> {
  return (await fixture.call('admin', 'GET', `/${id}/deliveries${query}`)).body.items;
}

describe('a webhook', () => {
  test('is created with defaults, read, listed and searched; its secrets are not read back', async () => {
    const body = settings({ secret: 'a secret of the hook', authorization: 'Bearer something' });
    const answer = await fixture.call('ann', 'POST', '', { body });
    expect(answer.status).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/api/v1/webhooks/${id}`);
    expect(answer.body).toEqual({
      id,
      registry: 'acme',
      name: body.name,
      url: receiver.url,
      events: ['tag.updated'],
      includeAttached: false,
      format: 'cloudevents',
      skipTlsVerify: false,
      enabled: true,
      hasSecret: true,
      hasAuthorization: true,
      state: 'active',
      pausedAt: null,
      pauseReason: null,
      failingSince: null,
      lastSuccessAt: null,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
      createdBy: { id: 'u-ann', kind: 'user', name: 'ann' },
    });
    expect(Object.keys(answer.body).sort()).toEqual(
      Object.keys(WebhookResource.properties)
        .filter((name) => !['images', 'caCertificate'].includes(name))
        .sort(),
    );
    const read = await fixture.call('ann', 'GET', `/${id}`);
    expect([read.status, read.body]).toEqual([200, answer.body]);
    expect(read.headers.get('etag')).toBe(answer.headers.get('etag'));
    expect((await fixture.call('admin', 'GET', '?regsitry=acme')).body).toMatchObject({
      status: 400,
      code: 'QUERY_INVALID',
    });
    for (const query of [
      '?registry=acme',
      `?registry=acme&name=${body.name}`,
      `?registry=acme&q=${body.name}`,
    ]) {
      expect((await fixture.call('ann', 'GET', query)).body).toEqual({ items: [answer.body], next: null });
    }
    expect((await fixture.call('ann', 'GET', '?registry=acme&q=nothing')).body.items).toEqual([]);
  });

  test('is listed in pages, in the order of names; all of them for those who may see all', async () => {
    for (const name of ['c', 'a', 'b']) await created({ name });
    await created({ name: 'all', registry: '*' });
    await created({ name: 'd', registry: 'other' });
    const first = (await fixture.call('ann', 'GET', '?registry=acme&limit=2')).body;
    expect(first.items.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const second = (await fixture.call('ann', 'GET', `?registry=acme&limit=2&after=${first.next}`)).body;
    expect([second.items.length, second.next]).toEqual([1, null]);
    const listed = async (query: string) =>
      (await fixture.call('admin', 'GET', query)).body.items.map(({ name }: { name: string }) => name);
    expect(await listed('?registry=*')).toEqual(['all']);
    expect(await listed('')).toEqual(['a', 'all', 'b', 'c', 'd']);
  });

  test('has a name that no other of its registry has', async () => {
    const { id } = await created({ name: 'ci' });
    const again = await fixture.call('ann', 'POST', '', { body: settings({ name: 'ci' }) });
    expect([again.status, again.body]).toEqual([
      409,
      expect.objectContaining({ code: 'NAME_TAKEN', existingId: id }),
    ]);
    await created({ name: 'ci', registry: 'other' });
    const { id: other } = await created({ name: 'cd' });
    const renamed = await fixture.call('ann', 'PATCH', `/${other}`, { body: { name: 'ci' } });
    expect([renamed.status, renamed.body]).toEqual([409, expect.objectContaining({ existingId: id })]);
  });

  test.each<[string, Record<string, unknown>, number, string, RegExp]>([
    ['a pattern that is none', { images: ['a{b'] }, 400, 'GLOB_INVALID', /"a\{b".*braces/],
    [
      'a private target',
      { url: 'http://10.0.0.1/' },
      400,
      'TARGET_REFUSED',
      /private.*BERTH_OUTBOUND_ALLOW_CIDRS/,
    ],
    ['a target with credentials', { url: 'http://user:pw@127.0.0.1/' }, 400, 'TARGET_REFUSED', /credentials/],
    ['another scheme', { url: 'ftp://example.com/' }, 400, 'TARGET_REFUSED', /http or https/],
    ['a short secret', { secret: 'short' }, 400, 'BODY_INVALID', /secret/],
    [
      'a whsec_ secret of a few bytes',
      { secret: 'whsec_c2hvcnQgb25l' },
      400,
      'REQUEST_INVALID',
      /24 to 64 bytes/,
    ],
    [
      'an authorization of two lines',
      { authorization: 'Bearer a\r\nX: b' },
      400,
      'REQUEST_INVALID',
      /printable/,
    ],
    ['a certificate that is none', { caCertificate: 'no PEM' }, 400, 'REQUEST_INVALID', /PEM/],
    ['an unknown event', { events: ['tag.moved'] }, 400, 'BODY_INVALID', /events/],
    ['no event', { events: [] }, 400, 'BODY_INVALID', /events/],
    ['an unknown field', { colour: 'red' }, 400, 'BODY_INVALID', /colour/],
    ['an unknown registry', { registry: 'nowhere' }, 404, 'REGISTRY_NOT_FOUND', /nowhere/],
  ])('is refused with %s', async (_what, more, status, code, detail) => {
    const answer = await fixture.call('admin', 'POST', '', { body: settings(more) });
    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({ code, detail: expect.stringMatching(detail) }),
    ]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    for (const secret of ['c2hvcnQgb25l', 'Bearer a', ':pw@']) expect(answer.text).not.toContain(secret);
  });

  test('is changed by a merge patch: what it does not name stays, secrets too, and null removes', async () => {
    const { id } = await created({
      secret: 'a secret of the hook',
      authorization: 'Bearer one',
      images: ['web'],
    });
    const patch = async (body: object) => (await fixture.call('ann', 'PATCH', `/${id}`, { body })).body;
    const tag = tagUpdated('1.0', 1);
    expect(await patch({ format: 'json', images: null })).toMatchObject({ format: 'json', hasSecret: true });
    expect(await patch({ secret: null })).toMatchObject({ hasSecret: false, hasAuthorization: true });
    expect(await patch({ authorization: 'Bearer two' })).toMatchObject({ hasAuthorization: true });
    fixture.emit(tag);
    await waitUntil(() => receiver.received.length === 1);
    const [received] = receiver.received;
    expect(received?.headers).toMatchObject({
      authorization: 'Bearer two',
      'content-type': 'application/json',
    });
    expect(received?.headers).not.toHaveProperty('webhook-signature');
    expect((await fixture.call('ann', 'PATCH', `/${id}`, { body: { name: null } })).status).toBe(400);
    expect((await fixture.call('ann', 'PATCH', `/${id}`, { body: { registry: 'other' } })).status).toBe(400);
  });

  test('is changed and deleted only by the version that If-Match names', async () => {
    const { id } = await created();
    const { headers } = await fixture.call('ann', 'GET', `/${id}`);
    const match = { 'If-Match': headers.get('etag') ?? '' };
    const first = await fixture.call('ann', 'PATCH', `/${id}`, { body: { name: 'x' }, headers: match });
    expect(first.status).toBe(200);
    expect(first.headers.get('etag')).not.toBe(headers.get('etag'));
    for (const method of ['PATCH', 'DELETE']) {
      const second = await fixture.call('ann', method, `/${id}`, { body: { name: 'y' }, headers: match });
      expect([second.status, second.body.code]).toEqual([412, 'PRECONDITION_FAILED']);
    }
    const races = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        fixture.call('ann', 'PATCH', `/${id}`, {
          body: { name: `race ${n}` },
          headers: { 'If-Match': first.headers.get('etag') ?? '' },
        }),
      ),
    );
    expect(races.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
    const free = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        fixture.call('ann', 'PATCH', `/${id}`, { body: { name: `free ${n}` } }),
      ),
    );
    expect(free.map(({ status }) => status)).toEqual(Array(5).fill(200));
  });

  test('that is disabled gets nothing; enabled again it gets what comes from then on', async () => {
    const { id } = await created();
    await fixture.call('ann', 'PATCH', `/${id}`, { body: { enabled: false } });
    expect((await fixture.call('ann', 'GET', `/${id}`)).body.state).toBe('disabled');
    await created();
    const missed = tagUpdated('missed', 1);
    fixture.emit(missed);
    await waitUntil(() => receiver.received.some(({ headers }) => headers['webhook-id'] === missed.id));
    await fixture.call('ann', 'PATCH', `/${id}`, { body: { enabled: true } });
    fixture.emit(tagUpdated('taken', 1));
    await waitUntil(async () => (await deliveriesOf(id)).length > 0);
    expect((await deliveriesOf(id)).map(({ subject }) => subject)).toEqual(['acme/web:taken']);
  });

  test('tells of its changes by events, without any value', async () => {
    const { id } = await created({ secret: 'a secret of the hook' });
    await fixture.call('ann', 'PATCH', `/${id}`, { body: { url: `${receiver.url}/other`, secret: null } });
    await fixture.call('ann', 'PATCH', `/${id}`, { body: {} });
    await fixture.call('ann', 'DELETE', `/${id}`);
    const entries = await fixture.dispatcher.records.store.outbox;
    await entries.resend(new Date(0));
    const events = (await entries.unsent(1_000))
      .map(({ payload }) => JSON.parse(payload))
      .filter(({ data }) => data.object.id === id);
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

  test('is not sent again to who has it as it stands, and may be changed by who has it as it stood', async () => {
    const { id } = await created();
    const path = `/${id}`;
    const first = (await fixture.call('ann', 'GET', path)).headers.get('etag') ?? '';
    const known = { headers: { 'If-None-Match': first } };
    expect((await fixture.call('ann', 'GET', path, known)).status).toBe(304);
    const { standings } = fixture.dispatcher.records;
    const standing = await standings.get(id);
    if (standing === null) throw new Error('the webhook has no standing');
    await standings.replace({ ...standing, failingSince: '2026-01-01T00:00:00.000Z' });
    const read = await fixture.call('ann', 'GET', path, known);
    expect([read.status, read.body.failingSince]).toEqual([200, '2026-01-01T00:00:00.000Z']);
    const change = { body: { format: 'slack' }, headers: { 'If-Match': first } };
    expect((await fixture.call('ann', 'PATCH', path, change)).status).toBe(200);
    expect((await fixture.call('ann', 'PATCH', path, change)).status).toBe(412);
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
        url: receiver.url,
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
      Array.from({ length: 6 }, () => fixture.call('ann', 'POST', '', { body: settings() })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('WEBHOOK_LIMIT');
  });
});

describe('deliveries', () => {
  test('of events on the bus come within moments, each once, and are in the log newest first', async () => {
    const { id } = await created();
    const events = [1, 2, 3].map((n) => tagUpdated(`t${n}`, n));
    for (const event of events) {
      fixture.emit(event);
      await waitUntil(() => receiver.received.some(({ headers }) => headers['webhook-id'] === event.id));
    }
    await waitUntil(async () => (await deliveriesOf(id, '?state=succeeded')).length === 3);
    const listed = await deliveriesOf(id);
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
    expect(await deliveriesOf(id, '?state=failed')).toEqual([]);
    const page = (await fixture.call('ann', 'GET', `/${id}/deliveries?limit=2`)).body;
    expect(page.items).toEqual(listed.slice(0, 2));
    expect((await fixture.call('ann', 'GET', `/${id}/deliveries?after=${page.next}&limit=2`)).body).toEqual({
      items: listed.slice(2),
      next: null,
    });
    for (const query of ['state=odd', 'sate=failed'])
      expect((await fixture.call('ann', 'GET', `/${id}/deliveries?${query}`)).body).toMatchObject({
        status: 400,
        code: 'QUERY_INVALID',
      });
  });

  test('show the request without what is secret, the response and each attempt', async () => {
    receiver.answer = withStatus(500);
    const { id } = await created({ secret: 'a secret of the hook', authorization: 'Bearer abcdef' });
    const event = tagUpdated('1.0', 1);
    fixture.emit(event);
    await waitUntil(async () => Number((await deliveriesOf(id))[0]?.attemptCount) >= 2);
    receiver.answer = OK;
    await waitUntil(async () => (await deliveriesOf(id, '?state=succeeded')).length === 1);
    const detail = await fixture.call('ann', 'GET', `/${id}/deliveries/${id}.${event.id}`);
    expect(detail.body).toMatchObject({
      state: 'succeeded',
      request: {
        url: receiver.url,
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
    const { id } = await created();
    const event = tagUpdated('1.0', 1);
    fixture.emit(event);
    await waitUntil(async () => (await deliveriesOf(id, '?state=succeeded')).length === 1);
    const answer = await fixture.call('ann', 'POST', `/${id}/deliveries/${id}.${event.id}/redeliver`);
    expect([answer.status, answer.body]).toEqual([
      202,
      expect.objectContaining({ state: 'pending', event: event.id }),
    ]);
    expect(answer.headers.get('location')).toBe(`/api/v1/webhooks/${id}/deliveries/${id}.${event.id}`);
    await waitUntil(() => receiver.received.length === 2);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
  });

  test('of pulls come too, though nobody keeps those events', async () => {
    const { id } = await created({ events: ['artifact.pulled'] });
    await waitUntil(async () => {
      fixture.testBus.bus.publishAndForget(eventOf('artifact.pulled', { tag: '1.0' }));
      return (await deliveriesOf(id, '?state=succeeded')).length > 0;
    });
  });
});

describe('a test', () => {
  test('sends a sample now and tells what came of it; it is kept and never tried again', async () => {
    const { id } = await created({ enabled: false });
    const good = await fixture.call('ann', 'POST', `/${id}/test`);
    expect([good.status, good.body]).toEqual([
      200,
      expect.objectContaining({
        state: 'succeeded',
        type: 'artifact.pushed',
        response: expect.objectContaining({ status: 200 }),
      }),
    ]);
    expect(receiver.received[0]?.json).toMatchObject({
      type: 'berth.artifact.pushed',
      data: { test: true, registry: 'acme' },
    });
    receiver.answer = withStatus(404);
    const bad = await fixture.call('ann', 'POST', `/${id}/test`);
    expect(bad.body).toMatchObject({
      state: 'failed',
      error: 'the receiver answered 404 Not Found',
      nextAttemptAt: null,
    });
    expect((await deliveriesOf(id)).map(({ state }) => state)).toEqual(['failed', 'succeeded']);
  });
});

describe('access', () => {
  test('is for maintainers of the registry: others learn no more than that something is missing', async () => {
    const { id } = await created();
    const { body: sent } = await fixture.call('ann', 'POST', `/${id}/test`);
    const foreign = await created({ registry: 'other' });
    const routes: [string, string][] = [
      ['GET', `/${id}`],
      ['PATCH', `/${id}`],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/test`],
      ['GET', `/${id}/deliveries`],
      ['GET', `/${id}/deliveries/${sent.id}`],
      ['POST', `/${id}/deliveries/${sent.id}/redeliver`],
    ];
    for (const [method, path] of routes) {
      const body = method === 'PATCH' ? { body: { name: 'mine' } } : {};
      const missing = await fixture.call('bob', method, path.replace(id, 'nothing'), body);
      for (const user of ['bob', 'eve']) {
        const answer = await fixture.call(user, method, path, body);
        expect([user, method, path, answer.status, answer.body.code]).toEqual([
          user,
          method,
          path,
          404,
          'WEBHOOK_NOT_FOUND',
        ]);
        expect(answer.body.detail.replaceAll(id, 'nothing')).toBe(missing.body.detail);
      }
      expect((await fixture.call('dev', method, path, body)).status).toBe(403);
      expect((await fixture.call(null, method, path, body)).status).toBe(401);
    }
    const cross = await fixture.call('bob', 'GET', `/${foreign.id}/deliveries/${sent.id}`);
    expect([cross.status, cross.body.code]).toEqual([404, 'DELIVERY_NOT_FOUND']);
    expect((await fixture.call('bob', 'POST', `/${foreign.id}/deliveries/${sent.id}/redeliver`)).status).toBe(
      404,
    );
  });

  test.each([
    ['GET', '?registry=acme', 'bob', 404],
    ['GET', '?registry=acme', 'dev', 403],
    ['GET', '?registry=open', 'eve', 403],
    ['GET', '', 'ann', 403],
    ['GET', '?registry=*', 'ann', 403],
    ['POST', 'acme', 'bob', 404],
    ['POST', 'acme', 'dev', 403],
    ['POST', '*', 'ann', 403],
    ['POST', '*', 'admin', 201],
  ])('%s %s as %s is %d', async (method, where, user, status) => {
    const answer =
      method === 'GET'
        ? await fixture.call(user, 'GET', where)
        : await fixture.call(user, 'POST', '', { body: settings({ registry: where }) });
    expect(answer.status).toBe(status);
  });
});

test('A pause is shown with its reason, and ends when somebody enables the webhook', async () => {
  receiver.answer = withStatus(410);
  const { id } = await created();
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
  receiver.answer = OK;
  await fixture.call('ann', 'PATCH', `/${id}`, { body: { format: 'slack' } });
  expect((await fixture.call('ann', 'GET', `/${id}`)).body.state).toBe('paused');
  expect((await fixture.call('ann', 'PATCH', `/${id}`, { body: { enabled: true } })).body).toMatchObject({
    state: 'active',
    pausedAt: null,
    pauseReason: null,
  });
  await waitUntil(async () => (await deliveriesOf(id, '?state=succeeded')).length === 1);
  await waitUntil(async () => (await fixture.call('ann', 'GET', `/${id}`)).body.lastSuccessAt !== null);
});

test('The metrics tell of attempts, of the lag, and of what is pending', async () => {
  await created();
  fixture.emit(tagUpdated('1.0', 1));
  await waitUntil(() => receiver.received.length === 1);
  await waitUntil(async () => /outcome="succeeded"\S* [1-9]/.test(await fixture.metrics.text()));
  const text = await fixture.metrics.text();
  for (const name of [
    'berth_webhook_attempts_total',
    'berth_webhook_delivery_lag_seconds_bucket',
    'berth_webhook_deliveries_pending',
  ])
    expect(text).toContain(name);
});

test('No secret is anywhere in clear text: not in answers, log, events, deliveries or database, also when a receiver echoes it', async () => {
  const secret = 'whsec_c2VjcmV0LXRoYXQtbXVzdC1uZXZlci1sZWFrLWF0LWFsbA==';
  const credential = 'credential-that-must-never-leak';
  receiver.answer = ({ headers }, response) => {
    response.setHeader('x-echo', String(headers.authorization));
    response.setHeader('set-cookie', 'session=cookie-that-must-never-leak');
    response.writeHead(500).end(`${headers.authorization} ${secret}`);
  };
  const { id } = await created({ secret, authorization: `Bearer ${credential}` });
  fixture.emit(tagUpdated('1.0', 1));
  await waitUntil(async () => (await deliveriesOf(id)).some(({ attemptCount }) => Number(attemptCount) > 0));
  const { body } = await fixture.call('ann', 'POST', `/${id}/test`);
  expect(body.response.body).toBe('[redacted] [redacted]');
  const shown = [
    await fixture.written(),
    ...(await Promise.all(
      ['', `/${id}`, `/${id}/deliveries`, `/${id}/deliveries/${body.id}`].map(
        async (path) => (await fixture.call('admin', 'GET', path)).text,
      ),
    )),
  ].join('\n');
  expect(shown).toContain('x-echo');
  for (const text of [secret, secret.slice(6), credential, 'cookie-that-must-never-leak'])
    expect(shown.includes(text)).toBe(false);
});

test('Deliveries older than the retention are removed, whatever became of them', async () => {
  const { id } = await created();
  const { records } = fixture.dispatcher;
  fixture.emit(tagUpdated('1.0', 1));
  await waitUntil(async () => (await deliveriesOf(id, '?state=succeeded')).length === 1);
  const options = { retentionMs: 14 * DAY_MS, stopping: new AbortController().signal };
  await pruneDeliveries(records, options);
  expect(await deliveriesOf(id)).toHaveLength(1);
  fixture.advance(14 * DAY_MS + 60_000);
  receiver.answer = withStatus(500);
  fixture.emit(eventOf('tag.updated', { tag: '2.0' }, Date.now() + 15 * DAY_MS));
  await waitUntil(async () => (await deliveriesOf(id)).length === 2);
  await pruneDeliveries(records, options);
  expect((await deliveriesOf(id)).map(({ subject }) => subject)).toEqual(['acme/web:2.0']);
});
