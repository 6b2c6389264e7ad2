import { authenticate, effectiveRoles, visibleRegistries } from '@berth/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Step } from '../facts.ts';
import { type Api, apiOf, grantedScope } from './api.ts';
import { asAdmin, basic, type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;
let count = 0;
let name: string;
let owner: Record<string, string>;
let step: (step: Step) => Promise<void> = async () => {};

beforeAll(async () => {
  fixture = await startFixture({}, { step: (at) => step(at) });
  api = apiOf(fixture);
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  name = `user${++count}`;
  owner = await api.user(name);
});

const KEYS = '/access/keys';
const statusOf = async (as: Record<string, string>) => (await api.get('/access/me', { as })).status;

describe('an access key', () => {
  test('is made by its owner and shows its secret this once', async () => {
    const created = await api.post(KEYS, { description: 'the pipeline' }, { as: owner });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      id: expect.stringMatching(/^bk-[a-z2-7]{20}$/),
      secret: expect.stringMatching(/^berth_key_[A-Za-z0-9_-]{43}$/),
      description: 'the pipeline',
      enabled: true,
      expiresAt: null,
      lastUsedAt: null,
    });
    const { secret, ...resource } = created.body;
    expect((await api.get(KEYS, { as: owner })).body).toEqual({ items: [resource], next: null });
    const read = await api.get(`${KEYS}/${resource.id}`, { as: owner });
    expect(read.body).toEqual(resource);
    expect(read.etag).toBe(created.etag);

    expect(await statusOf(basic(resource.id, secret))).toBe(200);
    const used = await api.get(`${KEYS}/${resource.id}`, { as: owner });
    expect(Date.parse(used.body.lastUsedAt)).not.toBeNaN();
    expect(used.etag).not.toBe(created.etag);
    const asMade = { as: owner, headers: { 'If-Match': created.etag } };
    expect((await api.patch(`${KEYS}/${resource.id}`, { description: 'mine' }, asMade)).status).toBe(200);
  });

  test('acts as its owner and holds what its owner holds, groups included', async () => {
    const { as, id } = await api.key(owner);
    await api.grant(`user:${name}`, 'acme', 'uploader');
    await api.patch(`/access/users/${name}`, { groups: [`group-${name}`] });
    await api.grant(`group:group-${name}`, 'open', 'developer');
    const me = (await api.get('/access/me', { as: owner })).body;
    expect((await api.get('/access/me', { as })).body).toEqual({ ...me, kind: 'key' });
    expect(await grantedScope(fixture, as, 'repository:acme/web:* repository:open/web:*')).toBe(
      'repository:acme/web:push repository:open/web:pull,push',
    );
    const [username = '', password = ''] = Buffer.from(as.Authorization?.slice(6) ?? '', 'base64')
      .toString()
      .split(':');
    const { principal } = await fixture.bus.call(authenticate, {
      credential: { kind: 'basic', username, password },
    });
    expect(principal).toEqual({ id, kind: 'key', name, isAdmin: false });
    expect(await fixture.bus.call(effectiveRoles, { principal, registryId: 'r-open' })).toEqual({
      roles: ['developer'],
    });
    const visible = await fixture.bus.call(visibleRegistries, { principal });
    expect(visible.registryIds.toSorted()).toEqual(['r-acme', 'r-open']);
    expect((await api.get('/access/users', { as })).status).toBe(403);
  });

  test('of an administrator is one as well', async () => {
    const { as } = await api.key(asAdmin);
    expect((await api.get('/access/users', { as })).status).toBe(200);
  });

  test('of an administrator makes nobody who would outlive it: no user, no administrator, no password', async () => {
    const { as } = await api.key(asAdmin);
    const stranger = { username: `${name}-stranger`, password: 'a stolen password', admin: true };
    for (const answer of [
      await api.post('/access/users', stranger, { as }),
      await api.post('/access/users', { ...stranger, admin: false }, { as }),
      await api.patch(`/access/users/${name}`, { admin: true }, { as }),
      await api.patch(`/access/users/${name}`, { password: 'a stolen password' }, { as }),
    ])
      expect(answer.body).toMatchObject({
        status: 403,
        code: 'DENIED',
        detail: expect.stringContaining('key'),
      });
    expect((await api.get(`/access/users/${stranger.username}`)).status).toBe(404);
    expect((await api.get(`/access/users/${name}`)).body.admin).toBe(false);
    expect((await api.patch(`/access/users/${name}`, { groups: ['ops'] }, { as })).status).toBe(200);
  });

  test('neither makes keys, enables one, changes a password nor opens a session', async () => {
    const { as, id } = await api.key(owner);
    const other = await api.key(owner);
    expect((await api.post(KEYS, {}, { as })).body).toMatchObject({ status: 403, code: 'DENIED' });
    const password = { currentPassword: `${name} password`, password: 'another password' };
    expect((await api.patch('/access/me', password, { as })).body).toMatchObject({
      status: 403,
      code: 'DENIED',
    });
    expect((await api.patch(`${KEYS}/${other.id}`, { enabled: false }, { as })).status).toBe(200);
    expect((await api.patch(`${KEYS}/${other.id}`, { enabled: true }, { as })).body).toMatchObject({
      status: 403,
      code: 'DENIED',
    });
    const secret = Buffer.from(as.Authorization?.slice(6) ?? '', 'base64')
      .toString()
      .split(':')[1];
    expect((await api.post('/access/sessions', { username: id, password: secret }, { as: {} })).status).toBe(
      403,
    );
    expect(await statusOf(owner)).toBe(200);
    expect((await api.delete(`${KEYS}/${id}`, { as })).status).toBe(204);
    expect(await statusOf(as)).toBe(401);
  });

  test('of somebody else is not there, not even for an administrator', async () => {
    const { id } = await api.key(owner);
    for (const answer of [
      await api.get(`${KEYS}/${id}`),
      await api.patch(`${KEYS}/${id}`, { enabled: false }),
      await api.delete(`${KEYS}/${id}`),
    ])
      expect(answer.body).toMatchObject({ status: 404, code: 'KEY_NOT_FOUND' });
    const robot = await api.robot('acme', `robot-${name}`, 'maintainer');
    expect((await api.get(KEYS, { as: robot.as })).body).toMatchObject({ status: 403, code: 'DENIED' });
  });

  test('is one of five at most, also when many are made at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.post(KEYS, {}, { as: owner })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    for (const { status, body } of answers)
      if (status !== 201) expect(body).toMatchObject({ status: 409, code: 'KEY_LIMIT', limit: 5 });
    const { items } = (await api.get(KEYS, { as: owner })).body;
    expect(items).toHaveLength(5);
    await api.delete(`${KEYS}/${items[2].id}`, { as: owner });
    expect((await api.post(KEYS, {}, { as: owner })).status).toBe(201);
    expect((await api.post(KEYS, {}, { as: owner })).status).toBe(409);
  });

  test('does not outlive an owner who is deleted while it is made', async () => {
    const { id } = (await api.get('/access/me', { as: owner })).body;
    step = async () => {
      step = async () => {};
      await api.delete(`/access/users/${name}`);
    };
    expect((await api.post(KEYS, {}, { as: owner })).body).toMatchObject({
      status: 401,
      code: 'UNAUTHORIZED',
    });
    const query = { index: 'byOwner', equals: { ownerId: id }, limit: 1 };
    expect((await fixture.service.facts.accessKeys.page(query)).items).toEqual([]);
  });

  test.each<[string, object]>([
    ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['an expiry that is no time', { expiresAt: 'tomorrow' }],
    ['an expiry without a zone', { expiresAt: '2090-01-01T00:00:00' }],
    ['a long description', { description: 'x'.repeat(256) }],
    ['an unknown field', { secret: 'mine' }],
  ])('is not made with %s', async (_name, body) => {
    expect((await api.post(KEYS, body, { as: owner })).body).toMatchObject({
      status: 400,
      code: 'BODY_INVALID',
    });
  });

  test('is changed in the version that was meant', async () => {
    const { id } = await api.key(owner);
    const { etag } = await api.get(`${KEYS}/${id}`, { as: owner });
    const changed = await api.patch(
      `${KEYS}/${id}`,
      { description: 'new' },
      { as: owner, headers: { 'If-Match': etag } },
    );
    expect(changed.body).toMatchObject({ description: 'new', enabled: true });
    const late = { as: owner, headers: { 'If-Match': etag } };
    expect((await api.patch(`${KEYS}/${id}`, { enabled: false }, late)).status).toBe(412);
    expect((await api.delete(`${KEYS}/${id}`, late)).status).toBe(412);
  });
});

describe('a key with the right secret', () => {
  test.each<[string, (id: string) => Promise<unknown>, RegExp]>([
    [
      'is refused while disabled',
      (id) => api.patch(`${KEYS}/${id}`, { enabled: false }, { as: owner }),
      /is disabled/,
    ],
    [
      'is refused while its owner is disabled',
      () => api.patch(`/access/users/${name}`, { disabled: true }),
      /owner of/,
    ],
    ['is refused when it is deleted', (id) => api.delete(`${KEYS}/${id}`, { as: owner }), /wrong/],
  ])('%s, and says why', async (_name, end, why) => {
    const { id, as } = await api.key(owner);
    expect(await statusOf(as)).toBe(200);
    await end(id);
    const refused = await api.get('/access/me', { as });
    expect(refused.body).toMatchObject({
      status: 401,
      code: 'UNAUTHORIZED',
      detail: expect.stringMatching(why),
    });
  });

  test('ends at its time', async () => {
    const expiresAt = new Date(fixture.now() + 3_600_000).toISOString();
    const { as } = await api.key(owner, { expiresAt });
    expect(await statusOf(as)).toBe(200);
    fixture.advance(3_600_000);
    const refused = await api.get('/access/me', { as });
    expect(refused.body).toMatchObject({ status: 401, detail: expect.stringContaining('has expired at') });
  });

  test('is not refused for the failures of others, who are after ten', async () => {
    const { id, as } = await api.key(owner);
    const wrong = basic(id, `berth_key_${'a'.repeat(43)}`);
    for (let guess = 1; guess <= 10; guess++) expect(await statusOf(wrong)).toBe(401);
    expect(await statusOf(wrong)).toBe(429);
    expect(await statusOf(as)).toBe(200);
  });
});
