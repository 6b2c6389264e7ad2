import { readFile } from 'node:fs/promises';
import { authenticate, effectiveRoles, visibleRegistries } from '@berth/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { storedIdOf } from '../credentials/random-secret.ts';
import { pruneCredentials } from '../sessions/end-credentials.ts';
import { MAX_SESSIONS, SESSION_LIFETIME_MS } from '../sessions/open-session.ts';
import { getUser } from '../users/find-account.ts';
import { ADMIN_PASSWORD, asAdmin, basic, type Fixture, startFixture, startService } from './fixture.ts';

let fixture: Fixture;
let count = 0;
let name: string;

beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  name = `user${++count}`;
  await fixture.addUser(name);
});

const SESSIONS = '/api/v1/access/sessions';
const ME = '/api/v1/access/me';
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function openSession(password = `${name} password`): Promise<string> {
  const response = await fixture.send('POST', SESSIONS, { body: { username: name, password } });
  expect(response.status).toBe(201);
  return ((await response.json()) as { token: string }).token;
}
const statusOf = async (headers: Record<string, string>) => (await fixture.get(ME, headers)).status;
const changePassword = (headers: Record<string, string>, body: unknown) =>
  fixture.send('PATCH', ME, { headers, body });

describe('a session', () => {
  test('is opened with a password, tells who one is, and is ended', async () => {
    const response = await fixture.send('POST', SESSIONS, {
      body: { username: name, password: `${name} password` },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { token, expiresAt } = (await response.json()) as { token: string; expiresAt: string };
    expect(token).toMatch(/^berth_session_/);
    expect(Date.parse(expiresAt) - fixture.now()).toBeLessThanOrEqual(SESSION_LIFETIME_MS);

    const me = await fixture.get(ME, bearer(token));
    expect(me.headers.get('etag')).toMatch(/^"\d+"$/);
    expect(await me.json()).toMatchObject({ id: `u-${name}`, kind: 'user', username: name, admin: false });

    expect((await fixture.send('DELETE', `${SESSIONS}/current`, { headers: bearer(token) })).status).toBe(
      204,
    );
    expect(await statusOf(bearer(token))).toBe(401);
  });

  test('is known to the other services', async () => {
    const token = await openSession();
    const { principal } = await fixture.bus.call(authenticate, { credential: { kind: 'session', token } });
    expect(principal).toEqual({ id: `u-${name}`, kind: 'user', name, isAdmin: false });
    expect(await fixture.bus.call(effectiveRoles, { principal })).toEqual({ roles: [] });
    expect(await fixture.bus.call(visibleRegistries, { principal })).toEqual({ all: false, registryIds: [] });
    const admin = await fixture.bus.call(authenticate, {
      credential: { kind: 'basic', username: 'admin', password: ADMIN_PASSWORD },
    });
    expect(await fixture.bus.call(effectiveRoles, { ...admin, registryId: 'r-acme' })).toEqual({
      roles: ['admin'],
    });
    expect(await fixture.bus.call(visibleRegistries, admin)).toEqual({ all: true, registryIds: [] });
  });

  test('ends by time, and what is stored of it goes', async () => {
    const token = await openSession();
    const { facts } = fixture.service;
    fixture.advance(SESSION_LIFETIME_MS - 60_000);
    expect(await statusOf(bearer(token))).toBe(200);
    fixture.advance(60_000);
    expect(await statusOf(bearer(token))).toBe(401);
    expect(await pruneCredentials(facts)).toBeGreaterThan(0);
    expect(await facts.sessions.get(storedIdOf('session', token) ?? '')).toBeNull();
  });

  test('is one of a hundred of its user; the oldest go with the next login, which costs no further fsync', async () => {
    const first = await openSession();
    const { store, sessions } = fixture.service.facts;
    const userId = `u-${name}`;
    const stored = await sessions.get(storedIdOf('session', first) ?? '');
    if (stored === null) throw new Error('the session is not stored');
    const { id: _, version: __, ...body } = stored;
    const later = (n: number) => ({ ...body, expiresAt: body.expiresAt + n });
    await store.writeMany(
      Array.from({ length: 3 * MAX_SESSIONS }, (_, n) => sessions.write.insert(`${name}-${n}`, later(n + 1))),
    );
    fixture.advance(1_000);
    const before = store.counters.durableCommits;
    const last = await openSession();
    expect(store.counters.durableCommits).toBe(before + 1);
    const query = { index: 'byUser', equals: { userId }, limit: 500 };
    const { items } = await sessions.page(query);
    expect(items).toHaveLength(MAX_SESSIONS);
    const ids = items.map(({ id }) => id);
    expect(ids).toContain(storedIdOf('session', last));
    expect(ids).toContain(`${name}-${3 * MAX_SESSIONS - 1}`);
    expect(ids).not.toContain(`${name}-${2 * MAX_SESSIONS}`);
    expect(await statusOf(bearer(first))).toBe(401);
    expect(await statusOf(bearer(last))).toBe(200);
  });

  test('ends with its user', async () => {
    const token = await openSession();
    const { facts } = fixture.service;
    const user = await getUser(facts, `u-${name}`);
    if (user !== null) await facts.accounts.replace({ ...user, disabled: true });
    expect(await statusOf(bearer(token))).toBe(401);
    expect(await statusOf(basic(name, `${name} password`))).toBe(401);
  });

  test('is not ended by Basic, and needs a login', async () => {
    const path = `${SESSIONS}/current`;
    expect((await fixture.send('DELETE', path, { headers: basic(name, `${name} password`) })).status).toBe(
      400,
    );
    expect((await fixture.send('DELETE', path)).status).toBe(401);
    expect((await fixture.get(ME)).headers.get('content-type')).toContain('application/problem+json');
  });

  test.each<[string, unknown, number]>([
    ['a wrong password', { username: 'admin', password: 'wrong' }, 401],
    ['an unknown user', { username: 'nobody', password: 'wrong' }, 401],
    ['no password', { username: 'admin' }, 400],
    ['an unknown field', { username: 'admin', password: 'x', otp: '1' }, 400],
    ['a wrong type', { username: 'admin', password: 5 }, 400],
    ['no JSON', '{', 400],
  ])('is not opened with %s', async (_name, body, status) => {
    expect((await fixture.send('POST', SESSIONS, { body })).status).toBe(status);
  });
});

describe('a password', () => {
  test('is changed, which ends every session, the old password and what was remembered of it, at once', async () => {
    const sessions = [await openSession(), await openSession()];
    const [old, current] = [basic(name, `${name} password`), basic(name, 'another password')];
    expect(await statusOf(old)).toBe(200);
    const body = { currentPassword: `${name} password`, password: 'another password' };
    expect((await changePassword(bearer(sessions[0] ?? ''), body)).status).toBe(200);
    for (const token of sessions) expect(await statusOf(bearer(token))).toBe(401);
    expect(await statusOf(old)).toBe(401);
    expect(await statusOf(current)).toBe(200);
    const { items } = await fixture.service.facts.sessions.page({
      index: 'byUser',
      equals: { userId: `u-${name}` },
      limit: 10,
    });
    expect(items).toEqual([]);
    await openSession('another password');
  });

  test('that is changed also ends the session that is being opened with the old one at that moment', async () => {
    const { facts } = fixture.service;
    const token = await openSession();
    const opening = await facts.sessions.get(storedIdOf('session', token) ?? '');
    const body = { currentPassword: `${name} password`, password: 'another password' };
    expect((await changePassword(bearer(token), body)).status).toBe(200);
    if (opening !== null) await facts.sessions.insert(opening.id, opening);
    expect(await facts.sessions.get(opening?.id ?? '')).not.toBeNull();
    expect(await statusOf(bearer(token))).toBe(401);
  });

  test.each<[string, object, number]>([
    ['a wrong current one', { currentPassword: 'wrong', password: 'another password' }, 403],
    ['a short one', { password: 'short' }, 400],
    ['no current one', { currentPassword: undefined }, 400],
    ['an unknown field', { admin: true }, 400],
  ])('is not changed with %s', async (_name, wrong, status) => {
    const body = { currentPassword: `${name} password`, password: 'another password', ...wrong };
    expect((await changePassword(basic(name, `${name} password`), body)).status).toBe(status);
    expect(await statusOf(basic(name, `${name} password`))).toBe(200);
  });

  test('is changed only in the version that was meant', async () => {
    const own = basic(name, `${name} password`);
    const body = { currentPassword: `${name} password`, password: 'another password' };
    const etag = (await fixture.get(ME, own)).headers.get('etag') ?? '';
    expect((await changePassword({ ...own, 'If-Match': '"1"' }, body)).status).toBe(412);
    expect((await changePassword({ ...own, 'If-Match': etag }, body)).status).toBe(200);
  });

  test('is guessed ten times a minute; sessions and other names go on', async () => {
    const token = await openSession();
    const other = `user${count - 1}`;
    for (let guess = 1; guess <= 10; guess++) expect(await statusOf(basic(name, `guess ${guess}`))).toBe(401);
    const refused = await fixture.get(ME, basic(name, `${name} password`));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    const refusedToken = await fixture.get('/token', basic(name, `${name} password`));
    expect(refusedToken.status).toBe(429);
    expect(refusedToken.headers.get('retry-after')).not.toBeNull();
    expect(await refusedToken.json()).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });

    expect(await statusOf(bearer(token))).toBe(200);
    expect(await statusOf(asAdmin)).toBe(200);
    expect(await statusOf(basic(other, 'wrong'))).toBe(401);
    const elsewhere = { ...basic(name, `${name} password`), 'X-Forwarded-For': '192.0.2.9' };
    expect(await statusOf(elsewhere)).toBe(200);

    fixture.advance(60_000);
    expect(await statusOf(basic(name, `${name} password`))).toBe(200);
  });

  test('and sessions are nowhere in the database in clear', async () => {
    const token = await openSession();
    const files = await Promise.all(['', '-wal'].map((end) => readFile(fixture.databaseFile + end)));
    const stored = Buffer.concat(files).toString('latin1');
    expect(stored).toContain('$scrypt$ln=4');
    for (const secret of [token, `${name} password`, ADMIN_PASSWORD]) expect(stored).not.toContain(secret);
  });
});

describe('the start', () => {
  test('makes the administrator once: a later password is not looked at', async () => {
    const first = await startFixture();
    const { databaseFile, testBus } = first;
    await first.stopService();
    const again = await startService({
      databaseFile,
      natsUrl: testBus.url,
      env: { BERTH_ADMIN_PASSWORD: 'another password' },
    });
    const me = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${again.port}${ME}`, { headers });
    expect((await me(asAdmin)).status).toBe(200);
    expect((await me(basic('admin', 'another password'))).status).toBe(401);
    await again.life.shutdown('the test is over');
    const wrongKey = startService({
      databaseFile,
      natsUrl: testBus.url,
      env: { BERTH_PLATFORM_KEY: Buffer.alloc(32, 8).toString('hex') },
    });
    await expect(wrongKey).rejects.toThrow(/sealed with another platform key/);
    await first.stop();
  });

  test.each([
    ['', /BERTH_ADMIN_PASSWORD: is required at the first start/],
    ['short', /BERTH_ADMIN_PASSWORD: must have 8 to 1024 characters \(its value is not shown\)/],
  ])('needs a password for it: not %j', async (password, message) => {
    const databaseFile = `${fixture.databaseFile}.${password}.other`;
    const start = startService({
      databaseFile,
      natsUrl: fixture.testBus.url,
      env: { BERTH_ADMIN_PASSWORD: password },
    });
    await expect(start).rejects.toThrow(message);
  });

  test.each([
    ['BERTH_PLATFORM_KEY', 'secret', /BERTH_PLATFORM_KEY: must be 32 bytes in base64 or in hex/],
    ['BERTH_TOKEN_LIFETIME', '13h', /BERTH_TOKEN_LIFETIME: "13h" must be at most 12h/],
    ['BERTH_HTTP_LISTEN', '8080', /BERTH_HTTP_LISTEN: "8080" must be host:port/],
  ])('refuses a wrong %s: %s', async (setting, value, message) => {
    const start = startService({ databaseFile: '/nowhere', natsUrl: '', env: { [setting]: value } });
    await expect(start).rejects.toThrow(message);
  });
});
