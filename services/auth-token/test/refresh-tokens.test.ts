import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pruneCredentials } from '../sessions/end-credentials.ts';
import { MAX_REFRESH_TOKENS, REFRESH_TOKEN_LIFETIME_MS } from '../sessions/refresh-token.ts';
import { type Api, apiOf } from './api.ts';
import { basic, type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;
let count = 0;
let name: string;
let as: Record<string, string>;

beforeAll(async () => {
  fixture = await startFixture();
  api = apiOf(fixture);
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  name = `user${++count}`;
  as = await api.user(name);
});

interface TokenBody {
  readonly token: string;
  readonly scope: string;
  readonly refresh_token?: string;
}

async function ask(query: string, headers: Record<string, string>): Promise<TokenBody> {
  return (await (await fixture.get(`/token?${query}`, headers)).json()) as TokenBody;
}

function post(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return fixture.send('POST', '/token', {
    body: new URLSearchParams(fields).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
}

async function refreshToken(): Promise<string> {
  const { refresh_token } = await ask('service=berth&client_id=docker&offline_token=true', as);
  if (refresh_token === undefined) throw new Error('there is no refresh token');
  return refresh_token;
}

const refresh = (token: string, scope = '') =>
  post({ grant_type: 'refresh_token', refresh_token: token, service: 'berth', client_id: 'docker', scope });

describe('a refresh token', () => {
  test('comes with a password login that asks for it, by GET or POST, and stands for it', async () => {
    const byGet = await refreshToken();
    expect(byGet).toMatch(/^berth_refresh_[A-Za-z0-9_-]{43}$/);
    const login = { grant_type: 'password', username: name, password: `${name} password` };
    for (const offline of [{ access_type: 'offline' }, { offline_token: 'true' }])
      expect(
        ((await (await post({ ...login, ...offline })).json()) as TokenBody).refresh_token,
      ).toBeDefined();
    const inHeader = await post({ grant_type: 'password', access_type: 'offline' }, as);
    expect(((await inHeader.json()) as TokenBody).refresh_token).toBeDefined();

    await api.grant(`user:${name}`, 'acme', 'developer');
    const answer = await refresh(byGet, 'repository:acme/web:pull,push,delete');
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as TokenBody;
    expect(body.scope).toBe('repository:acme/web:pull,push');
    expect(body.refresh_token).toBeUndefined();
  });

  test('gives the scopes that are still held', async () => {
    const grant = await api.grant(`user:${name}`, 'acme', 'viewer');
    const token = await refreshToken();
    const scopeOf = async () =>
      ((await (await refresh(token, 'repository:acme/web:pull')).json()) as TokenBody).scope;
    expect(await scopeOf()).toBe('repository:acme/web:pull');
    await api.delete(`/access/grants/${grant}`);
    expect(await scopeOf()).toBe('');
  });

  test('is not for those who do not ask, nor for keys, robots, sessions and the public', async () => {
    const key = await api.key(as);
    const robot = await api.robot('acme', `robot-${name}`, 'viewer');
    const session = await api.post('/access/sessions', { username: name, password: `${name} password` });
    for (const [query, headers] of [
      ['offline_token=false', as],
      ['', as],
      ['offline_token=true', key.as],
      ['offline_token=true', robot.as],
      ['offline_token=true', { Authorization: `Bearer ${session.body.token}` }],
      ['offline_token=true', {}],
    ] as const) {
      const body = await ask(query, headers);
      expect(body.token).toBeDefined();
      expect(body.refresh_token).toBeUndefined();
    }
  });

  test.each<[string, () => Promise<unknown>]>([
    [
      'a changed password',
      () =>
        api.patch(
          '/access/me',
          { currentPassword: `${name} password`, password: 'another password' },
          { as },
        ),
    ],
    [
      'a password that an administrator sets',
      () => api.patch(`/access/users/${name}`, { password: 'another password' }),
    ],
    [
      'being disabled, though enabled again',
      async () => {
        await api.patch(`/access/users/${name}`, { disabled: true });
        await api.patch(`/access/users/${name}`, { disabled: false });
      },
    ],
    ['being deleted', () => api.delete(`/access/users/${name}`)],
    ['ninety days', async () => fixture.advance(REFRESH_TOKEN_LIFETIME_MS)],
  ])('ends with %s', async (_name, end) => {
    const token = await refreshToken();
    expect((await refresh(token)).status).toBe(200);
    await end();
    const ended = await refresh(token);
    expect(ended.status).toBe(401);
    expect(await ended.json()).toMatchObject({ error: 'invalid_grant', errors: [{ code: 'UNAUTHORIZED' }] });
  });

  test('that ended by time is removed', async () => {
    await refreshToken();
    fixture.advance(REFRESH_TOKEN_LIFETIME_MS);
    expect(await pruneCredentials(fixture.service.facts)).toBeGreaterThan(0);
    const { items } = await fixture.service.facts.refreshTokens.page({ index: 'byExpiry', limit: 1 });
    expect(items).toEqual([]);
  });

  test.each([
    ['nonsense', 'x', 401],
    ['one that never was', `berth_refresh_${'a'.repeat(43)}`, 401],
    ['a key', `berth_key_${'a'.repeat(43)}`, 401],
  ])('is not %s', async (_name, token, status) => {
    expect((await refresh(token)).status).toBe(status);
  });

  test('is missing: 400', async () => {
    expect((await post({ grant_type: 'refresh_token' })).status).toBe(400);
  });

  test('is one of a hundred of its user; the one that ends first goes', async () => {
    const first = await refreshToken();
    fixture.advance(1_000);
    const second = await refreshToken();
    for (let more = 2; more <= MAX_REFRESH_TOKENS; more++) {
      fixture.advance(1_000);
      await refreshToken();
    }
    expect((await refresh(first)).status).toBe(401);
    expect((await refresh(second)).status).toBe(200);
  });

  test('is no password and no session', async () => {
    const token = await refreshToken();
    expect((await api.get('/access/me', { as: basic(name, token) })).status).toBe(401);
    expect((await api.get('/access/me', { as: { Authorization: `Bearer ${token}` } })).status).toBe(401);
  });
});
