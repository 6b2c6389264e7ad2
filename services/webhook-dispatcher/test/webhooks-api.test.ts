import { WebhookResource } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { tagUpdated } from './events.ts';
import { type ServiceFixture, startServiceFixture } from './service-fixture.ts';

let fixture: ServiceFixture;

beforeAll(async () => {
  fixture = await startServiceFixture({ env: { BERTH_WEBHOOK_RETRY_PAUSE: '50ms' } });
});
afterAll(() => fixture.stop());
afterEach(() => fixture.reset());

describe('a webhook', () => {
  test('is created with defaults, read, listed and searched; its secrets are not read back', async () => {
    const body = fixture.settings({ secret: 'a secret of the hook', authorization: 'Bearer something' });
    const answer = await fixture.call('ann', 'POST', '', { body });
    expect(answer.status).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/api/v1/webhooks/${id}`);
    expect(answer.body).toEqual({
      id,
      registry: 'acme',
      name: body.name,
      url: fixture.receiver.url,
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
    for (const name of ['c', 'a', 'b']) await fixture.create({ name });
    await fixture.create({ name: 'all', registry: '*' });
    await fixture.create({ name: 'd', registry: 'other' });
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
    const { id } = await fixture.create({ name: 'ci' });
    const again = await fixture.call('ann', 'POST', '', { body: fixture.settings({ name: 'ci' }) });
    expect([again.status, again.body]).toEqual([
      409,
      expect.objectContaining({ code: 'NAME_TAKEN', existingId: id }),
    ]);
    await fixture.create({ name: 'ci', registry: 'other' });
    const { id: other } = await fixture.create({ name: 'cd' });
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
    const answer = await fixture.call('admin', 'POST', '', { body: fixture.settings(more) });
    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({ code, detail: expect.stringMatching(detail) }),
    ]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    for (const secret of ['c2hvcnQgb25l', 'Bearer a', ':pw@']) expect(answer.text).not.toContain(secret);
  });

  test('is changed by a merge patch: what it does not name stays, secrets too, and null removes', async () => {
    const { id } = await fixture.create({
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
    await waitUntil(() => fixture.receiver.received.length === 1);
    const [received] = fixture.receiver.received;
    expect(received?.headers).toMatchObject({
      authorization: 'Bearer two',
      'content-type': 'application/json',
    });
    expect(received?.headers).not.toHaveProperty('webhook-signature');
    expect((await fixture.call('ann', 'PATCH', `/${id}`, { body: { name: null } })).status).toBe(400);
    expect((await fixture.call('ann', 'PATCH', `/${id}`, { body: { registry: 'other' } })).status).toBe(400);
  });

  test('is changed and deleted only by the version that If-Match names', async () => {
    const { id } = await fixture.create();
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
});
