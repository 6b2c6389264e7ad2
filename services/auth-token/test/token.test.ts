import { createTokenVerifier, type TokenVerifier } from '@berth/access';
import { grantScopes, issueServiceToken, signingKeys, type TokenClaims } from '@berth/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_PASSWORD, asAdmin, basic, type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let verifier: TokenVerifier;

beforeAll(async () => {
  fixture = await startFixture();
  verifier = createTokenVerifier({
    keys: async () => (await fixture.bus.call(signingKeys, {})).keys,
    clock: fixture.now,
  });
  await fixture.addUser('alice');
});
afterAll(() => fixture.stop());

interface TokenBody {
  token: string;
  access_token: string;
  expires_in: number;
  issued_at: string;
  scope: string;
}

async function tokenOf(response: Response): Promise<TokenBody & { claims: TokenClaims }> {
  expect(response.status).toBe(200);
  const body = (await response.json()) as TokenBody;
  return { ...body, claims: await verifier.verify(body.token) };
}

const asAlice = basic('alice', 'alice password');
const form = (fields: Record<string, string>) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
});

test('the replicator gets a token for the scopes it asks for, as a service that is nobody and no administrator', async () => {
  const scope = { type: 'repository', name: 'acme/web', actions: ['pull', 'push'] };
  const { token, expiresInSeconds } = await fixture.bus.call(issueServiceToken, {
    forService: 'replicator',
    scopes: [scope],
  });
  expect(expiresInSeconds).toBe(300);
  expect(await verifier.verify(token)).toMatchObject({
    principal: { id: 'replicator', kind: 'service', name: 'replicator', isAdmin: false },
    access: [scope],
  });
});

describe('GET /token', () => {
  test('answers a token of five minutes with exactly the granted scopes', async () => {
    const path =
      '/token?service=berth&account=admin&scope=repository:acme/web:push,pull&scope=registry:catalog:*';
    const response = await fixture.get(path, asAdmin);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { claims, ...body } = await tokenOf(response);
    expect(body).toEqual({
      token: expect.any(String),
      access_token: body.token,
      expires_in: 300,
      issued_at: new Date(claims.iat * 1_000).toISOString(),
      scope: 'repository:acme/web:pull,push registry:catalog:*',
    });
    expect(claims).toMatchObject({
      sub: 'admin',
      principal: { kind: 'user', name: 'admin', isAdmin: true },
      access: [
        { type: 'repository', name: 'acme/web', actions: ['pull', 'push'] },
        { type: 'registry', name: 'catalog', actions: ['*'] },
      ],
      exp: claims.iat + 300,
    });
  });

  test.each<[string, () => Record<string, string>, string, string]>([
    ['no scope: good for GET /v2/', () => asAlice, '', ''],
    ['a scope that is not held is left out', () => asAlice, '?scope=repository:acme/web:pull', ''],
    [
      'public registries are pulled',
      () => asAlice,
      '?scope=repository:open/web:pull,push',
      'repository:open/web:pull',
    ],
    [
      'by nobody in particular as well',
      () => ({}),
      '?scope=repository:open/web:pull,push',
      'repository:open/web:pull',
    ],
    ['who is not signed in gets no catalog', () => ({}), '?scope=registry:catalog:*', ''],
    ['who is signed in does', () => asAlice, '?scope=registry:catalog:*', 'registry:catalog:*'],
    [
      'several scopes in one',
      () => asAlice,
      '?scope=repository:open/a:pull+repository:open/b:pull&scope=repository(plugin):open/a:pull',
      'repository:open/a:pull repository:open/b:pull',
    ],
    [
      'an administrator, of a missing registry',
      () => asAdmin,
      '?scope=repository:no/x:pull',
      'repository:no/x:pull',
    ],
    ['nobody, of a missing registry', () => ({}), '?scope=repository:no/x:pull', ''],
    ['what is no scope', () => asAlice, '?scope=nonsense&scope=repository:UP"per:pull', ''],
    ['any service', () => asAlice, '?service=other&scope=repository:open/a:pull', 'repository:open/a:pull'],
  ])('%s', async (_name, headers, query, scope) => {
    const body = await tokenOf(await fixture.get(`/token${query}`, headers()));
    expect(body.scope).toBe(scope);
    expect(body.claims.aud).toBe('berth');
  });

  test.each<[string, Record<string, string>]>([
    ['a wrong password', basic('alice', 'wrong')],
    ['an unknown user', basic('nobody', 'alice password')],
    ['an empty password', basic('alice', '')],
    ['nothing at all', basic('', '')],
    ['an unreadable header', { Authorization: 'Basic !!!' }],
    ['another scheme', { Authorization: 'Digest username="alice"' }],
    ['a session that never was', { Authorization: `Bearer berth_session_${'a'.repeat(43)}` }],
    ['a registry token in place of a session', { Authorization: 'Bearer a.b.c' }],
  ])('%s is 401 with a challenge, public scope or not', async (_name, headers) => {
    const response = await fixture.get('/token?scope=repository:open/web:pull', headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="berth", charset="UTF-8"');
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toMatchObject({
      errors: [{ code: 'UNAUTHORIZED', message: expect.any(String) }],
      error: 'invalid_grant',
    });
  });

  test('more scopes than are taken are 400', async () => {
    const scope = Array.from({ length: 65 }, (_, i) => `repository:a/${i}:pull`).join(' ');
    const response = await fixture.get(`/token?scope=${encodeURIComponent(scope)}`, asAlice);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_scope' });
  });

  test('a session is good as well', async () => {
    const opened = await fixture.send('POST', '/api/v1/access/sessions', {
      body: { username: 'alice', password: 'alice password' },
    });
    const { token } = (await opened.json()) as { token: string };
    const body = await tokenOf(await fixture.get('/token', { Authorization: `Bearer ${token}` }));
    expect(body.claims.sub).toBe('alice');
  });
});

describe('POST /token', () => {
  const login = {
    grant_type: 'password',
    username: 'admin',
    password: ADMIN_PASSWORD,
    service: 'berth',
    client_id: 'c',
  };

  test('takes name and password from the form', async () => {
    const fields = { ...login, access_type: 'online', scope: 'repository:acme/a:pull repository:acme/b:*' };
    const body = await tokenOf(await fixture.send('POST', '/token', form(fields)));
    expect(body.scope).toBe('repository:acme/a:pull repository:acme/b:pull,push,delete');
    expect(Object.keys(body)).not.toContain('refresh_token');
  });

  test('without credentials grants what the public may', async () => {
    const fields = { grant_type: 'password', scope: 'repository:open/web:pull,push' };
    const body = await tokenOf(await fixture.send('POST', '/token', form(fields)));
    expect(body.scope).toBe('repository:open/web:pull');
  });

  test('with credentials in the header instead', async () => {
    const { body, headers } = form({ grant_type: 'password', service: 'berth' });
    const answer = await tokenOf(
      await fixture.send('POST', '/token', { body, headers: { ...headers, ...asAdmin } }),
    );
    expect(answer.claims.sub).toBe('admin');
  });

  test.each<[string, { body: string; headers: Record<string, string> }, number, string]>([
    ['wrong', form({ ...login, password: 'wrong' }), 401, 'invalid_grant'],
    ['too long', form({ ...login, password: 'x'.repeat(5_000) }), 401, 'invalid_grant'],
    ['another grant type', form({ grant_type: 'client_credentials' }), 400, 'unsupported_grant_type'],
    ['half of a login', form({ grant_type: 'password', username: 'admin' }), 400, 'invalid_request'],
    ['JSON', { body: '{}', headers: { 'Content-Type': 'application/json' } }, 415, 'invalid_request'],
    ['a huge form', form({ ...login, padding: 'x'.repeat(40_000) }), 413, 'invalid_request'],
  ])('%s', async (_name, request, status, error) => {
    const response = await fixture.send('POST', '/token', request);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error,
      error_description: expect.any(String),
      errors: [{ code: expect.any(String) }],
    });
  });
});

describe('other ways in', () => {
  test('the keys are published as a JWK set without private parts', async () => {
    const response = await fixture.get('/.well-known/jwks.json');
    expect(response.status).toBe(200);
    const { keys } = (await response.json()) as { keys: object[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(await fixture.bus.call(signingKeys, {})).toEqual({ keys });
  });

  test('another method is 405', async () => {
    const response = await fixture.send('DELETE', '/token');
    expect(response.status).toBe(405);
    expect(await response.json()).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
  });

  test('grantScopes answers for Basic and for nobody as /token does', async () => {
    const scopes = [{ type: 'repository', name: 'open/web', actions: ['pull', 'push'] }];
    const pull = [{ type: 'repository', name: 'open/web', actions: ['pull'] }];
    expect(await fixture.bus.call(grantScopes, { scopes })).toEqual({
      principal: { id: 'anonymous', kind: 'anonymous', name: 'anonymous', isAdmin: false },
      access: pull,
    });
    const credential = { kind: 'basic', username: 'alice', password: 'alice password' } as const;
    const granted = await fixture.bus.call(grantScopes, { credential, scopes, address: '192.0.2.1' });
    expect(granted).toMatchObject({
      principal: { id: 'u-alice', kind: 'user', isAdmin: false },
      access: pull,
    });
    const wrong = { ...credential, password: 'wrong' };
    await expect(fixture.bus.call(grantScopes, { credential: wrong, scopes })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });

  test('a registry that becomes private is no longer pulled by everybody', async () => {
    const open = fixture.registries.findIndex(({ name }) => name === 'open');
    const [before] = fixture.registries.splice(open, 1, {
      id: 'r-open',
      name: 'open',
      visibility: 'private',
      state: 'active',
    });
    const body = await tokenOf(await fixture.get('/token?scope=repository:open/web:pull'));
    expect(body.scope).toBe('');
    if (before !== undefined) fixture.registries.splice(open, 1, before);
  });
});
