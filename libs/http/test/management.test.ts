import type { IncomingMessage } from 'node:http';
import type { Role } from '@berth/contracts';
import { ServiceError } from '@berth/contracts';
import { createLifecycle, createMetrics, silentLogger } from '@berth/runtime';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import {
  bodyReader,
  createManagementAuthorizer,
  etag,
  imageFromPath,
  imageToPath,
  isNotModified,
  mergePatch,
  parseAuthorization,
  patchReader,
  problemRenderer,
  requireIfMatch,
  requireIfNoneMatch,
  sendJson,
  startHttpServer,
  versionRequirement,
} from '../index.ts';
import { type Sample, sampleRoute, startSample } from './sample-server.ts';

const Registry = Type.Object({
  name: Type.String({ minLength: 1 }),
  description: Type.Optional(Type.String()),
  rules: Type.Optional(Type.Object({ keep: Type.Integer() })),
});
const Patch = Type.Object({ ...Registry.properties, colour: Type.String({ default: 'red' }) });

describe('bodies', () => {
  let sample: Sample;
  const readRegistry = bodyReader(Registry, { maxBytes: 1_000 });
  const patchRegistry = patchReader(Patch);
  const current = { name: 'acme', description: 'old', colour: 'blue' };

  beforeAll(async () => {
    sample = await startSample([
      sampleRoute(
        '/r',
        async ({ request, response }) => sendJson(response, 200, await readRegistry(request)),
        {
          id: 'create',
          method: 'POST',
        },
      ),
      sampleRoute(
        '/r',
        async ({ request, response }) => sendJson(response, 200, await patchRegistry(request, current)),
        { id: 'patch', method: 'PATCH' },
      ),
    ]);
  });
  afterAll(() => sample.life.shutdown('the tests are done'));

  async function send(method: string, body: string, headers: Record<string, string> = {}) {
    const answer = await fetch(`${sample.url}/r`, {
      method,
      body,
      headers: { 'Content-Type': 'application/json', ...headers },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  test('a body that fits comes through', async () => {
    expect(await send('POST', '{"name":"acme","rules":{"keep":1}}')).toEqual({
      status: 200,
      body: { name: 'acme', rules: { keep: 1 } },
    });
  });

  test('every problem of a body is named: unknown fields, wrong types, what is missing', async () => {
    const { status, body } = await send('POST', '{"description":1,"extra":2,"rules":{"keep":1,"more":2}}');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BODY_INVALID', title: 'Bad Request' });
    const errors = body.errors as { path: string; message: string }[];
    expect(errors.map(({ path }) => path).sort()).toEqual(['/', '/', '/description', '/rules']);
  });

  test.each([
    ['', 400, 'BODY_INVALID'],
    ['{', 400, 'BODY_INVALID'],
    ['{"name":"acme","__proto__":{"x":1}}', 400, 'BODY_INVALID'],
    [`{"name":"${'x'.repeat(1_000)}"}`, 413, 'BODY_TOO_LARGE'],
  ])('the body %.40s is %d %s', async (text, status, code) => {
    expect(await send('POST', text)).toMatchObject({ status, body: { code } });
  });

  test('takes JSON only, and not compressed', async () => {
    expect((await send('POST', 'name=acme', { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await send('POST', '{}', { 'Content-Encoding': 'gzip' })).status).toBe(415);
  });

  test('a merge patch changes, removes and is checked as a whole', async () => {
    const type = { 'Content-Type': 'application/merge-patch+json' };
    expect((await send('PATCH', '{"description":null,"rules":{"keep":2}}', type)).body).toEqual({
      name: 'acme',
      rules: { keep: 2 },
      colour: 'blue',
    });
    expect((await send('PATCH', '{"colour":null}', type)).body).toMatchObject({ colour: 'red' });
    for (const [patch, path] of [
      ['{"name":null}', '/name'],
      ['{"size":null}', '/size'],
    ] as const) {
      const refused = await send('PATCH', patch, type);
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ path }] } });
    }
    expect((await send('PATCH', '[]', type)).status).toBe(400);
  });
});

describe('mergePatch', () => {
  // RFC 7396, appendix A
  test.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s with %s is %s', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  test('cannot reach a prototype', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__":{"isAdmin":true}}')) as { isAdmin?: boolean };
    expect(merged.isAdmin).toBeUndefined();
  });
});

describe('preconditions', () => {
  const request = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

  test('If-Match wants the version that is stored', () => {
    for (const tag of ['"7"', '"1", "7"', '*', 'W/"7"'])
      expect(() => requireIfMatch(request({ 'if-match': tag }), 7)).not.toThrow();
    expect(() => requireIfMatch(request({}), 7)).not.toThrow();
    expect(() => requireIfMatch(request({ 'if-match': '"6"' }), 7)).toThrow(
      'If-Match is "6", but the current one is "7"',
    );
    expect(() => requireIfMatch(request({ 'if-match': '*' }), undefined)).toThrow('there is nothing now');
  });

  test('If-None-Match: * wants nothing to be there', () => {
    expect(() => requireIfNoneMatch(request({ 'if-none-match': '*' }), undefined)).not.toThrow();
    expect(() => requireIfNoneMatch(request({ 'if-none-match': '*' }), 7)).toThrow('but it exists');
    expect(isNotModified(request({ 'if-none-match': etag(7) }), 7)).toBe(true);
    expect(isNotModified(request({ 'if-none-match': etag(6) }), 7)).toBe(false);
  });

  test('what is shown besides the version changes the ETag, and is no matter of If-Match', () => {
    const [one, two] = [etag(7, { tags: ['a'] }), etag(7, { tags: ['a', 'b'] })];
    expect(one).toMatch(/^"7-[\w-]{16}"$/);
    expect(two).not.toBe(one);
    expect(isNotModified(request({ 'if-none-match': `W/${one}` }), one)).toBe(true);
    expect(isNotModified(request({ 'if-none-match': one }), two)).toBe(false);
    expect(() => requireIfMatch(request({ 'if-match': one }), 7)).not.toThrow();
    expect(() => requireIfMatch(request({ 'if-match': one }), 71)).toThrow('the current one is "71"');
  });

  test('a use case asks for both before each try', () => {
    const require = versionRequirement(request({ 'if-match': '"7"', 'if-none-match': '"8"' }));
    expect(() => require(7)).not.toThrow();
    expect(() => require(8)).toThrow('If-Match');
    expect(() => versionRequirement(request({ 'if-none-match': '*' }))(1)).toThrow('but it exists');
  });
});

test('an image is one part of a path', () => {
  expect([imageToPath('team/web'), imageFromPath('team~web'), imageFromPath('team/web')]).toEqual([
    'team~web',
    'team/web',
    'team/web',
  ]);
});

describe('parseAuthorization', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test('reads Basic and Bearer', () => {
    expect(parseAuthorization(undefined)).toBeUndefined();
    expect(parseAuthorization(basic('joe:pä:ss'))).toEqual({
      scheme: 'basic',
      username: 'joe',
      password: 'pä:ss',
    });
    expect(parseAuthorization('bearer a.b-c_d')).toEqual({ scheme: 'bearer', token: 'a.b-c_d' });
  });

  test.each(['Basic', 'Digest abc', basic('nocolon'), basic(`${'u'.repeat(256)}:x`), 'Bearer a b'])(
    'refuses %.40s without showing it',
    (header) => {
      expect(() => parseAuthorization(header)).toThrow(expect.objectContaining({ status: 401 }));
    },
  );
});

describe('createManagementAuthorizer', () => {
  const roles: Record<string, Role[]> = { 'mia@id-acme': ['maintainer'], 'vic@id-acme': ['viewer'] };
  let url: string;
  const life = createLifecycle({
    logger: silentLogger,
    metrics: createMetrics('sample', { withProcess: false }),
  });

  beforeAll(async () => {
    const order = ['viewer', 'uploader', 'developer', 'maintainer', 'admin'];
    const open = { id: 'id-open', name: 'open', isPublic: true };
    const acme = { id: 'id-acme', name: 'acme', isPublic: false };
    const registries = [open, acme];
    const authorize = createManagementAuthorizer({
      rolesAllow: (held, action) => held.some((role) => order.indexOf(role) >= order.indexOf(action)),
      registries: {
        byName: async (name) => registries.find((registry) => registry.name === name) ?? null,
        byId: async (id) => registries.find((registry) => registry.id === id) ?? null,
      },
      registryOfObject: async ({ params }) => {
        const notFound = () => new ServiceError('WEBHOOK_NOT_FOUND', `webhook "${params.id}" does not exist`);
        if (params.id === 'missing') throw notFound();
        return { registryId: params.id === 'all' ? '*' : `id-${params.id}`, notFound };
      },
      access: {
        async authenticate(credential) {
          const { username: name, password } = credential as { username: string; password: string };
          if (password === 'late')
            throw new ServiceError('TOO_MANY_REQUESTS', 'too many', { detail: { retryAfterSeconds: 41.2 } });
          if (password !== 'right') throw new ServiceError('UNAUTHORIZED', 'wrong user name or password');
          return { id: name, kind: 'user', name, isAdmin: name === 'admin' };
        },
        effectiveRoles: async (principal, registryId) =>
          principal.isAdmin ? ['admin'] : (roles[`${principal.name}@${registryId}`] ?? []),
      },
    });
    const handle: Parameters<typeof sampleRoute>[1] = async ({ response }) => sendJson(response, 200, {});
    const { port } = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      trustedProxies: [],
      authorize,
      renderError: problemRenderer(),
      life,
      routes: [
        sampleRoute('/public', handle as never),
        sampleRoute('/me', handle as never, { action: 'signedIn' }),
        sampleRoute('/users', handle as never, { action: 'admin' }),
        sampleRoute('/registries/{registry}', handle as never, {
          id: 'get',
          action: 'viewer',
          registry: 'path',
        }),
        sampleRoute('/hooks', handle as never, { id: 'list', action: 'maintainer', registry: 'query' }),
        sampleRoute('/hooks', handle as never, {
          id: 'create',
          method: 'POST',
          action: 'maintainer',
          registry: 'body',
        }),
        sampleRoute('/hooks/{id}', handle as never, { id: 'hook', action: 'maintainer', registry: 'object' }),
        sampleRoute('/registries/{registry}', handle as never, {
          id: 'delete',
          method: 'DELETE',
          action: 'maintainer',
          registry: 'path',
        }),
      ] as never,
    });
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(() => life.shutdown('the tests are done'));

  async function ask(method: string, path: string, login?: string, body?: unknown) {
    const headers = login === undefined ? {} : { Authorization: `Basic ${btoa(login)}` };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    if (body !== undefined) Object.assign(headers, { 'content-type': 'application/json' });
    const answer = await fetch(url + path, { method, headers, ...text } as RequestInit);
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  }

  test.each([
    ['GET', '/public', undefined, 200],
    ['GET', '/public', 'joe:wrong', 401],
    ['GET', '/me', undefined, 401],
    ['GET', '/me', 'joe:wrong', 401],
    ['GET', '/me', 'joe:right', 200],
    ['GET', '/users', 'joe:right', 403],
    ['GET', '/users', 'admin:right', 200],
    ['GET', '/registries/acme', undefined, 401],
    ['GET', '/registries/acme', 'vic:right', 200],
    ['DELETE', '/registries/acme', 'vic:right', 403],
    ['DELETE', '/registries/acme', 'mia:right', 200],
    ['GET', '/registries/open', 'joe:right', 200],
    ['DELETE', '/registries/open', 'joe:right', 403],
    ['GET', '/registries/missing', 'admin:right', 404],
    ['GET', '/hooks?registry=acme', 'mia:right', 200],
    ['GET', '/hooks?registry=acme', 'vic:right', 403],
    ['GET', '/hooks?registry=acme', 'joe:right', 404],
    ['GET', '/hooks?registry=missing', 'joe:right', 404],
    ['GET', '/hooks', 'mia:right', 403],
    ['GET', '/hooks?registry=*', 'mia:right', 403],
    ['GET', '/hooks', 'admin:right', 200],
    ['GET', '/hooks/acme', 'mia:right', 200],
    ['GET', '/hooks/acme', 'joe:right', 404],
    ['GET', '/hooks/missing', 'joe:right', 404],
    ['GET', '/hooks/all', 'mia:right', 404],
    ['GET', '/hooks/all', 'admin:right', 200],
  ])('%s %s as %s is %d', async (method, path, login, status) => {
    expect((await ask(method, path, login)).status).toBe(status);
  });

  test.each([
    [{ registry: 'acme' }, 'mia:right', 200],
    [{ registry: 'acme' }, 'vic:right', 403],
    [{ registry: 'acme' }, 'joe:right', 404],
    [{ registry: '*' }, 'mia:right', 403],
    [{ registry: '*' }, 'admin:right', 200],
    [{ registry: 7 }, 'admin:right', 400],
    [{}, 'admin:right', 400],
  ])('the registry is named in the body: %j as %s is %d', async (body, login, status) => {
    expect((await ask('POST', '/hooks', login, body)).status).toBe(status);
  });

  test('a registry one may not see and a missing one answer alike', async () => {
    const hidden = await ask('GET', '/registries/acme', 'joe:right');
    const missing = await ask('GET', '/registries/missing', 'joe:right');
    expect(hidden.status).toBe(404);
    expect(JSON.stringify(hidden.body)).toBe(JSON.stringify(missing.body).replace('missing', 'acme'));
  });

  test('challenges, and says when to come back', async () => {
    expect((await ask('GET', '/me')).headers.get('www-authenticate')).toBe('Bearer realm="berth"');
    const late = await ask('GET', '/me', 'joe:late');
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '42']);
  });
});
