import { effectiveRoles } from '@berth/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Api, apiOf, grantedScope } from './api.ts';
import { basic, type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;
let count = 0;
let name: string;

beforeAll(async () => {
  fixture = await startFixture();
  api = apiOf(fixture);
});
afterAll(() => fixture.stop());
beforeEach(() => {
  name = `bot${++count}`;
});

const ROBOTS = '/access/robots';
const statusOf = async (as: Record<string, string>) => (await api.get('/access/me', { as })).status;

describe('a robot', () => {
  test('is made for a registry and shows its secret this once', async () => {
    const created = await api.post(ROBOTS, { registry: 'acme', name, role: 'developer' });
    expect(created.status).toBe(201);
    const { secret, ...resource } = created.body;
    expect(secret).toMatch(/^berth_robot_[A-Za-z0-9_-]{43}$/);
    expect(resource).toEqual({
      id: expect.any(String),
      registry: 'acme',
      name,
      username: `acme+${name}`,
      role: 'developer',
      description: '',
      enabled: true,
      expiresAt: null,
      lastUsedAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      createdBy: { id: expect.any(String), kind: 'user', name: 'admin' },
    });
    expect((await api.get(`${ROBOTS}?registry=acme&name=${name}`)).body.items).toEqual([resource]);
    expect((await api.get(`${ROBOTS}/${resource.id}`)).body).toEqual(resource);

    const as = basic(`acme+${name}`, secret);
    expect((await api.get('/access/me', { as })).body).toMatchObject({
      id: resource.id,
      kind: 'robot',
      username: `acme+${name}`,
      admin: false,
      groups: [],
    });
    expect((await api.get(`${ROBOTS}/${resource.id}`)).body.lastUsedAt).not.toBeNull();
  });

  test('has its own role in its registry, and grants besides', async () => {
    const { as, id } = await api.robot('acme', name, 'uploader');
    const scopes = 'repository:acme/web:* repository:open/web:*';
    expect(await grantedScope(fixture, as, scopes)).toBe('repository:acme/web:push repository:open/web:pull');
    await api.grant(`robot:acme+${name}`, 'open', 'developer');
    await api.grant(`robot:acme+${name}`, 'acme', 'viewer');
    expect(await grantedScope(fixture, as, scopes)).toBe(
      'repository:acme/web:pull,push repository:open/web:pull,push',
    );
    const principal = { id, kind: 'robot', name: `acme+${name}`, isAdmin: true } as const;
    expect(await fixture.bus.call(effectiveRoles, { principal })).toEqual({ roles: [] });
    expect(await fixture.bus.call(effectiveRoles, { principal, registryId: 'r-acme' })).toEqual({
      roles: ['uploader', 'viewer'],
    });
  });

  test('of a maintainer manages its registry and no other', async () => {
    const { as } = await api.robot('acme', name, 'maintainer');
    const made = await api.post(ROBOTS, { registry: 'acme', name: `${name}-child`, role: 'viewer' }, { as });
    expect(made.status).toBe(201);
    for (const registry of ['open', 'nowhere'])
      expect((await api.post(ROBOTS, { registry, name, role: 'viewer' }, { as })).status).toBe(
        registry === 'open' ? 403 : 404,
      );
  });

  test('is changed: role, expiry, disabled, enabled', async () => {
    const { as, id } = await api.robot('acme', name, 'viewer');
    const expiresAt = new Date(fixture.now() + 3_600_000).toISOString();
    const changed = await api.patch(`${ROBOTS}/${id}`, { role: 'developer', expiresAt });
    expect(changed.body).toMatchObject({ role: 'developer', expiresAt });
    expect((await api.patch(`${ROBOTS}/${id}`, { enabled: false })).status).toBe(200);
    expect((await api.get('/access/me', { as })).body).toMatchObject({
      status: 401,
      detail: `robot "acme+${name}" is disabled`,
    });
    await api.patch(`${ROBOTS}/${id}`, { enabled: true });
    fixture.advance(3_600_000);
    expect(await statusOf(as)).toBe(401);
    expect((await api.patch(`${ROBOTS}/${id}`, { description: 'late' })).status).toBe(200);
    expect((await api.patch(`${ROBOTS}/${id}`, { expiresAt: '2020-01-01T00:00:00Z' })).status).toBe(400);
    expect((await api.patch(`${ROBOTS}/${id}`, { expiresAt: null })).body.expiresAt).toBeNull();
    expect(await statusOf(as)).toBe(200);
    const late = { headers: { 'If-Match': changed.etag } };
    expect((await api.patch(`${ROBOTS}/${id}`, { role: 'viewer' }, late)).status).toBe(412);
    expect((await api.delete(`${ROBOTS}/${id}`, late)).status).toBe(412);
    expect((await api.delete(`${ROBOTS}/${id}`)).status).toBe(204);
    expect(await statusOf(as)).toBe(401);
    expect((await api.get(`${ROBOTS}/${id}`)).body).toMatchObject({ status: 404, code: 'ROBOT_NOT_FOUND' });
  });

  test.each<[string, object, number, string]>([
    ['all registries', { registry: '*' }, 400, 'BODY_INVALID'],
    ['no registry', { registry: undefined }, 400, 'BODY_INVALID'],
    ['a missing registry', { registry: 'nowhere' }, 404, 'REGISTRY_NOT_FOUND'],
    ['the role of an administrator', { role: 'admin' }, 400, 'BODY_INVALID'],
    ['a name with a space', { name: 'a b' }, 400, 'BODY_INVALID'],
    ['a login name that is too long', { name: 'a'.repeat(251) }, 400, 'NAME_INVALID'],
    ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'BODY_INVALID'],
  ])('is not made with %s', async (_name, wrong, status, code) => {
    const answer = await api.post(ROBOTS, { registry: 'acme', name, role: 'viewer', ...wrong });
    expect(answer.body).toMatchObject({ status, code });
  });

  test('is found by its id only by those who manage its registry', async () => {
    const { id } = await api.robot('acme', name, 'viewer');
    const stranger = await api.user(`stranger${count}`);
    await api.grant(`user:stranger${count}`, 'open', 'maintainer');
    const viewer = await api.user(`viewer${count}`);
    await api.grant(`user:viewer${count}`, 'acme', 'viewer');
    for (const [as, status] of [
      [stranger, 404],
      [viewer, 403],
      [{}, 401],
    ] as const) {
      expect((await api.get(`${ROBOTS}/${id}`, { as })).status).toBe(status);
      expect((await api.patch(`${ROBOTS}/${id}`, { role: 'maintainer' }, { as })).status).toBe(status);
      expect((await api.delete(`${ROBOTS}/${id}`, { as })).status).toBe(status);
    }
    const missing = await api.get(`${ROBOTS}/missing`, { as: stranger });
    const hidden = await api.get(`${ROBOTS}/${id}`, { as: stranger });
    expect(hidden.body).toEqual({ ...missing.body, detail: `robot "${id}" does not exist` });
  });

  test('lists are paged, by registry and over all', async () => {
    for (let i = 0; i < 7; i++) await api.robot('open', `page${i}`, 'viewer');
    const first = await api.get(`${ROBOTS}?registry=open&limit=4`);
    expect(first.body.items.map((robot: { name: string }) => robot.name)).toEqual([
      'page0',
      'page1',
      'page2',
      'page3',
    ]);
    const second = await api.get(
      `${ROBOTS}?registry=open&limit=4&after=${encodeURIComponent(first.body.next)}`,
    );
    expect(second.body).toMatchObject({
      items: [{ name: 'page4' }, { name: 'page5' }, { name: 'page6' }],
      next: null,
    });
    expect((await api.get(`${ROBOTS}?name=page3`)).body.items).toHaveLength(1);
    expect((await api.get(`${ROBOTS}?q=page`)).body.items).toHaveLength(7);
    const maintainer = await api.user(`lists${count}`);
    await api.grant(`user:lists${count}`, 'open', 'maintainer');
    expect((await api.get(`${ROBOTS}?registry=open`, { as: maintainer })).body.items).toHaveLength(7);
    expect((await api.get(`${ROBOTS}?registry=acme`, { as: maintainer })).status).toBe(404);
    expect((await api.get(ROBOTS, { as: maintainer })).status).toBe(403);
  });
});

describe('a login name', () => {
  test('of a robot is not for a user, and the other way round', async () => {
    const robot = await api.robot('acme', name, 'viewer');
    const user = { username: `acme+${name}`, password: 'some password' };
    expect((await api.post('/access/users', user)).body).toMatchObject({
      code: 'NAME_TAKEN',
      existingId: robot.id,
    });
    const created = await api.post('/access/users', { ...user, username: `acme+${name}-person` });
    expect(
      (await api.post(ROBOTS, { registry: 'acme', name: `${name}-person`, role: 'viewer' })).body,
    ).toMatchObject({
      status: 409,
      code: 'NAME_TAKEN',
      existingId: created.body.id,
    });
    expect((await api.get(`/access/users/acme%2B${name}`)).status).toBe(404);
  });

  test('is one account when users and robots race for it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        i % 2 === 0
          ? api.post('/access/users', { username: `acme+${name}`, password: 'some password' })
          : api.post(ROBOTS, { registry: 'acme', name, role: 'viewer' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  test('of a robot of an earlier registry of that name is free', async () => {
    const old = await api.robot('acme', name, 'maintainer');
    const acme = fixture.registries.findIndex((registry) => registry.name === 'acme');
    fixture.registries.splice(acme, 1, {
      id: 'r-acme2',
      name: 'acme',
      visibility: 'private',
      state: 'active',
    });
    const young = await api.robot('acme', name, 'viewer');
    expect(await statusOf(old.as)).toBe(401);
    expect(await statusOf(young.as)).toBe(200);
    expect(await grantedScope(fixture, young.as, 'repository:acme/web:*')).toBe('repository:acme/web:pull');
    fixture.registries.splice(acme, 1, {
      id: 'r-acme',
      name: 'acme',
      visibility: 'private',
      state: 'active',
    });
  });
});

test('A robot with the right secret is not refused for the failures of others, who cannot tell whether it exists', async () => {
  const { as } = await api.robot('acme', name, 'viewer');
  const secret = `berth_robot_${'a'.repeat(43)}`;
  const answers = [
    basic(`acme+${name}`, secret),
    basic('acme+nobody', secret),
    basic(`acme+${name}`, 'a password'),
  ];
  const bodies = await Promise.all(
    answers.slice(0, 2).map(async (wrong) => (await api.get('/access/me', { as: wrong })).body),
  );
  expect(bodies[0]).toEqual(bodies[1]);
  for (const wrong of answers) expect(await statusOf(wrong)).toBe(401);
  for (let guess = 0; guess < 10; guess++) await statusOf(basic(`acme+${name}`, secret));
  expect(await statusOf(basic(`acme+${name}`, secret))).toBe(429);
  expect(await statusOf(as)).toBe(200);
});
