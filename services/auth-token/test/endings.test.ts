import { createTokenVerifier, TOKEN_LEEWAY_SECONDS, type TokenVerifier } from '@berth/access';
import { grantScopes, signingKeys, visibleRegistries } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Api, apiOf, grantedScope } from './api.ts';
import { type Fixture, startFixture } from './fixture.ts';
import { publishEvent } from './publish-event.ts';

let fixture: Fixture;
let api: Api;
let verifier: TokenVerifier;
let count = 0;
let name: string;
let as: Record<string, string>;

beforeAll(async () => {
  fixture = await startFixture();
  api = apiOf(fixture);
  verifier = createTokenVerifier({
    keys: async () => (await fixture.bus.call(signingKeys, {})).keys,
    clock: fixture.now,
  });
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  name = `user${++count}`;
  as = await api.user(name);
});

const PULL = 'repository:acme/web:pull';
const LIFE_MS = 300_000;

/** A registry token as distribution-api takes it: what it allows, or the code of the refusal. */
async function tokenFor(headers: Record<string, string>, scope = PULL) {
  const response = await fixture.get(`/token?scope=${encodeURIComponent(scope)}`, headers);
  const { token } = (await response.json()) as { token: string };
  return {
    allows: () =>
      verifier.verify(token).then(
        ({ access }) => access.length > 0,
        (error: { code: string }) => error.code,
      ),
  };
}

/** The access that a token gave ends with its life, whatever became of who has it. */
async function endsWithin(token: { allows(): Promise<boolean | string> }): Promise<void> {
  expect(await token.allows()).toBe(true);
  fixture.advance(LIFE_MS + TOKEN_LEEWAY_SECONDS * 1_000);
  expect(await token.allows()).toBe('TOKEN_EXPIRED');
}

describe('old access ends', () => {
  test('when a key is revoked: at once on the API, within the life of its token on /v2', async () => {
    await api.grant(`user:${name}`, 'acme', 'viewer');
    const key = await api.key(as);
    const token = await tokenFor(key.as);
    await api.patch(`/access/keys/${key.id}`, { enabled: false }, { as });
    expect((await api.get('/access/me', { as: key.as })).status).toBe(401);
    expect(await grantedScope(fixture, key.as, PULL)).toBe('401');
    const principal = { id: key.id, kind: 'key', name, isAdmin: false } as const;
    expect(await fixture.bus.call(visibleRegistries, { principal })).toEqual({ all: false, registryIds: [] });
    await endsWithin(token);
  });

  test('when a user is disabled: sessions, passwords and keys at once, and not begun again', async () => {
    await api.grant(`user:${name}`, 'acme', 'viewer');
    const opened = await api.post('/access/sessions', { username: name, password: `${name} password` });
    const session = { Authorization: `Bearer ${opened.body.token}` };
    const key = await api.key(as);
    const token = await tokenFor(session);
    for (const headers of [session, as, key.as])
      expect((await api.get('/access/me', { as: headers })).status).toBe(200);
    await api.patch(`/access/users/${name}`, { disabled: true });
    for (const headers of [session, as, key.as]) {
      expect((await api.get('/access/me', { as: headers })).status).toBe(401);
      expect(await grantedScope(fixture, headers, PULL)).toBe('401');
    }
    await endsWithin(token);
    await api.patch(`/access/users/${name}`, { disabled: false });
    expect((await api.get('/access/me', { as: session })).status).toBe(401);
    expect((await api.get('/access/me', { as: key.as })).status).toBe(200);
  });

  test('when a grant is removed', async () => {
    const grant = await api.grant(`user:${name}`, 'acme', 'maintainer');
    const token = await tokenFor(as);
    expect((await api.get('/access/robots?registry=acme', { as })).status).toBe(200);
    await api.delete(`/access/grants/${grant}`);
    expect((await api.get('/access/robots?registry=acme', { as })).status).toBe(404);
    expect(await grantedScope(fixture, as, PULL)).toBe('');
    await endsWithin(token);
  });

  test('when an administrator is demoted', async () => {
    await api.patch(`/access/users/${name}`, { admin: true });
    const key = await api.key(as);
    const token = await tokenFor(key.as);
    expect((await api.get('/access/users', { as: key.as })).status).toBe(200);
    await api.patch(`/access/users/${name}`, { admin: false });
    expect((await api.get('/access/users', { as: key.as })).status).toBe(403);
    const principal = { id: key.id, kind: 'key', name, isAdmin: true } as const;
    expect(await fixture.bus.call(visibleRegistries, { principal })).toEqual({ all: false, registryIds: [] });
    await endsWithin(token);
  });

  test('when a public registry is made private', async () => {
    const pull = 'repository:open/web:pull';
    const [token, nobodys] = [await tokenFor(as, pull), await tokenFor({}, pull)];
    const open = fixture.registries.findIndex((registry) => registry.name === 'open');
    fixture.registries.splice(open, 1, {
      id: 'r-open',
      name: 'open',
      visibility: 'private',
      state: 'active',
    });
    for (const headers of [as, {}]) expect(await grantedScope(fixture, headers, pull)).toBe('');
    const scopes = [{ type: 'repository', name: 'open/web', actions: ['pull'] }];
    expect((await fixture.bus.call(grantScopes, { scopes })).access).toEqual([]);
    expect(await nobodys.allows()).toBe(true);
    await endsWithin(token);
    expect(await nobodys.allows()).toBe('TOKEN_EXPIRED');
    fixture.registries.splice(open, 1, { id: 'r-open', name: 'open', visibility: 'public', state: 'active' });
  });

  test('when a registry is deleted: its robots and all grants in it go, those elsewhere stay', async () => {
    fixture.registries.push({ id: 'r-old', name: 'old', visibility: 'private', state: 'active' });
    const robot = await api.robot('old', 'ci', 'developer');
    await api.grant('robot:old+ci', 'acme', 'viewer');
    const grant = await api.grant(`user:${name}`, 'old', 'developer');
    const stays = await api.grant(`user:${name}`, 'acme', 'viewer');
    fixture.registries.splice(
      fixture.registries.findIndex(({ id }) => id === 'r-old'),
      1,
    );
    await publishEvent(fixture, { type: 'registry.deleted', registry: { id: 'r-old', name: 'old' } });
    const { facts } = fixture.service;
    await waitUntil(async () => (await facts.accounts.get(robot.id)) === null);
    await waitUntil(async () => (await facts.grants.get(grant)) === null);
    const { items } = await facts.grants.page({
      index: 'bySubject',
      equals: { subject: `robot:${robot.id}` },
      limit: 1,
    });
    expect(items).toEqual([]);
    expect((await api.get('/access/me', { as: robot.as })).status).toBe(401);
    expect((await api.get(`/access/grants/${stays}`)).status).toBe(200);
  });
});

test('What deleted users and robots leave behind goes also when the process dies in between', async () => {
  let isDying = false;
  const dying = await startFixture(
    {},
    {
      step: async (at) => {
        if (isDying && (at === 'user-removed' || at === 'robot-removed')) throw new Error('the process dies');
      },
    },
  );
  const there = apiOf(dying);
  const owner = await there.user('ann');
  const key = await there.key(owner);
  const robot = await there.robot('acme', 'ci', 'viewer');
  const grants = [
    await there.grant('user:ann', 'acme', 'viewer'),
    await there.grant('robot:acme+ci', 'open', 'viewer'),
  ];
  isDying = true;
  expect((await there.delete('/access/users/ann')).status).toBe(500);
  expect((await there.delete(`/access/robots/${robot.id}`)).status).toBe(500);
  const { facts } = dying.service;
  for (const { as: headers } of [key, robot])
    expect((await there.get('/access/me', { as: headers })).status).toBe(401);
  await waitUntil(async () => (await facts.accessKeys.get(key.id)) === null);
  for (const grant of grants) await waitUntil(async () => (await facts.grants.get(grant)) === null);
  await dying.stop();
});
