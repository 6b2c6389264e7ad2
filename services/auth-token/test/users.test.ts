import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Api, apiOf } from './api.ts';
import { asAdmin, basic, type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;

beforeAll(async () => {
  fixture = await startFixture();
  api = apiOf(fixture);
});
afterAll(() => fixture.stop());

const USERS = '/access/users';

describe('a user', () => {
  test('is created, read, listed, changed and deleted', async () => {
    const created = await api.post(USERS, { username: 'bob', password: 'bob password', groups: ['ops'] });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/api/v1/access/users/bob');
    expect(created.body).toEqual({
      id: expect.any(String),
      username: 'bob',
      admin: false,
      disabled: false,
      groups: ['ops'],
      lastLoginAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      createdBy: { id: expect.any(String), kind: 'user', name: 'admin' },
    });
    const asBob = basic('bob', 'bob password');
    expect((await api.get('/access/me', { as: asBob })).body).toMatchObject({
      kind: 'user',
      username: 'bob',
      groups: ['ops'],
    });

    const read = await api.get(`${USERS}/bob`);
    expect(read.etag.split('-')[0]).toBe(created.etag.split('-')[0]);
    expect(Date.parse(read.body.lastLoginAt)).not.toBeNaN();
    const unchanged = await api.get(`${USERS}/bob`, { headers: { 'If-None-Match': read.etag } });
    expect(unchanged.status).toBe(304);

    const changed = await api.patch(`${USERS}/bob`, { groups: [], admin: true });
    expect(changed.body).toMatchObject({ groups: [], admin: true, disabled: false });
    expect(changed.etag).not.toBe(read.etag);
    expect((await api.patch(`${USERS}/bob`, { admin: true })).etag).toBe(changed.etag);

    expect((await api.delete(`${USERS}/bob`)).status).toBe(204);
    expect((await api.get(`${USERS}/bob`)).body).toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    expect((await api.get('/access/me', { as: asBob })).status).toBe(401);
  });

  test.each<[string, object, number, string]>([
    ['a name with capitals', { username: 'Bob' }, 400, 'BODY_INVALID'],
    ['a name in the form of a key', { username: `bk-${'a2'.repeat(10)}` }, 400, 'NAME_INVALID'],
    ['a short password', { password: 'short' }, 400, 'BODY_INVALID'],
    [
      'a password that looks like a secret',
      { password: `berth_key_${'a'.repeat(43)}` },
      400,
      'REQUEST_INVALID',
    ],
    ['an unknown field', { role: 'admin' }, 400, 'BODY_INVALID'],
    ['a group twice', { groups: ['a', 'a'] }, 400, 'BODY_INVALID'],
    ['a taken name', { username: 'admin' }, 409, 'NAME_TAKEN'],
  ])('is not created with %s', async (_name, wrong, status, code) => {
    const answer = await api.post(USERS, { username: 'carl', password: 'carl password', ...wrong });
    expect(answer.body).toMatchObject({ status, code });
    expect((await api.get(`${USERS}/carl`)).status).toBe(404);
  });

  test('of a taken name is told by its id', async () => {
    const { id } = (await api.get(`${USERS}/admin`)).body;
    const taken = await api.post(USERS, { username: 'admin', password: 'some password' });
    expect(taken.body).toMatchObject({ code: 'NAME_TAKEN', existingId: id });
  });

  test('is changed and deleted only in the version that was meant; of two at once one wins', async () => {
    await api.user('dora');
    const { etag } = await api.get(`${USERS}/dora`);
    const headers = { 'If-Match': etag };
    const outcomes = await Promise.all(
      ['a', 'b'].map(
        async (group) => (await api.patch(`${USERS}/dora`, { groups: [group] }, { headers })).status,
      ),
    );
    expect(outcomes.toSorted()).toEqual([200, 412]);
    expect((await api.delete(`${USERS}/dora`, { headers })).body).toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    const { etag: newest } = await api.get(`${USERS}/dora`);
    expect((await api.delete(`${USERS}/dora`, { headers: { 'If-Match': newest } })).status).toBe(204);
  });

  test('who is no administrator manages no users', async () => {
    const as = await api.user('emil');
    await api.grant('user:emil', '*', 'maintainer');
    for (const answer of [
      await api.get(USERS, { as }),
      await api.get(`${USERS}/admin`, { as }),
      await api.post(USERS, { username: 'x', password: 'x password' }, { as }),
      await api.patch(`${USERS}/emil`, { admin: true }, { as }),
      await api.delete(`${USERS}/admin`, { as }),
    ])
      expect(answer.body).toMatchObject({ status: 403, code: 'DENIED' });
    expect((await api.get(USERS, { as: {} })).status).toBe(401);
  });

  test('gets a new password from an administrator, though not by an access key', async () => {
    const old = await api.user('fred');
    const key = await api.key(asAdmin);
    const password = { password: 'another password' };
    expect((await api.patch(`${USERS}/fred`, password, { as: key.as })).body).toMatchObject({
      code: 'DENIED',
    });
    expect((await api.patch(`${USERS}/fred`, { groups: ['x'] }, { as: key.as })).status).toBe(200);
    expect((await api.patch(`${USERS}/fred`, password)).status).toBe(200);
    expect((await api.get('/access/me', { as: old })).status).toBe(401);
    expect((await api.get('/access/me', { as: basic('fred', 'another password') })).status).toBe(200);
  });

  test('leaves nothing behind: neither keys, sessions, refresh tokens nor grants', async () => {
    const as = await api.user('gina');
    const { id } = (await api.get('/access/me', { as })).body;
    const key = await api.key(as);
    const grant = await api.grant('user:gina', 'acme', 'developer');
    await api.post('/access/sessions', { username: 'gina', password: 'gina password' });
    await fixture.get('/token?offline_token=true', as);
    await api.delete(`${USERS}/gina`);

    const { facts } = fixture.service;
    expect((await api.get('/access/me', { as: key.as })).status).toBe(401);
    expect((await api.get(`/access/grants/${grant}`)).status).toBe(404);
    expect(await facts.accessKeys.get(key.id)).toBeNull();
    expect(await facts.lastUses.get(id)).toBeNull();
    for (const collection of [facts.sessions, facts.refreshTokens])
      expect((await collection.page({ index: 'byUser', equals: { userId: id }, limit: 1 })).items).toEqual(
        [],
      );

    const again = await api.user('gina');
    expect(
      await fixture.service.registryAccess.effectiveRoles(
        {
          id: (await api.get('/access/me', { as: again })).body.id,
          kind: 'user',
          name: 'gina',
          isAdmin: false,
        },
        'r-acme',
      ),
    ).toEqual([]);
  });

  test('lists are paged by name, and searched', async () => {
    for (let i = 0; i < 120; i++) await fixture.addUser(`page-${String(i).padStart(3, '0')}`);
    const names: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page = await api.get(
        `${USERS}?limit=50&q=page-${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
      );
      expect(page.body.items.length).toBeLessThanOrEqual(50);
      names.push(...page.body.items.map(({ username }: { username: string }) => username));
      after = page.body.next;
    }
    expect(names).toEqual(Array.from({ length: 120 }, (_, i) => `page-${String(i).padStart(3, '0')}`));
    expect((await api.get(`${USERS}?name=page-007`)).body.items).toHaveLength(1);
    await api.robot('acme', 'not-a-user', 'viewer');
    expect((await api.get(`${USERS}?name=acme%2Bnot-a-user`)).body.items).toEqual([]);
    expect((await api.get(`${USERS}?limit=0`)).body).toMatchObject({ status: 400, code: 'PAGE_INVALID' });
    expect((await api.get(`${USERS}?after=x`)).body).toMatchObject({ status: 400, code: 'PAGE_INVALID' });
  });
});

test('A login is noted at most once an hour, without a new version of the user', async () => {
  const as = await api.user('hans');
  const { etag } = await api.get(`${USERS}/hans`);
  const lastLogin = async () => (await api.get(`${USERS}/hans`)).body.lastLoginAt;
  await api.get('/access/me', { as });
  const first = await lastLogin();
  fixture.advance(3_500_000);
  await api.get('/access/me', { as });
  expect(await lastLogin()).toBe(first);
  fixture.advance(200_000);
  await api.get('/access/me', { as });
  expect(Date.parse(await lastLogin()) - Date.parse(first)).toBeGreaterThanOrEqual(3_700_000);
  // What is shown is another, and what may be changed is not.
  const seen = await api.get(`${USERS}/hans`, { headers: { 'If-None-Match': etag } });
  expect(seen.status).toBe(200);
  expect((await api.patch(`${USERS}/hans`, {}, { headers: { 'If-Match': etag } })).status).toBe(200);
});
