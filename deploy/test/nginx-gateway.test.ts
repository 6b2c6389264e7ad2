import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EchoServer, startEchoServer } from './fixtures/echo-server.ts';
import { exchange, startGateway, type TestGateway } from './fixtures/start-gateway.ts';

const routes = [
  { path: '/v2/*', upstream: 'distribution-api' },
  { path: '/token', upstream: 'auth-token' },
  { path: '/api/v1/registries/*', upstream: 'metadata' },
  { path: '/api/v1/audit', upstream: 'gone' },
  { path: '/v2gone/*', upstream: 'gone' },
  { path: '/flaky/*', upstream: 'flaky' },
  { path: '/half/*', upstream: 'half' },
];

let services: EchoServer[];
let gateway: TestGateway;

beforeAll(async () => {
  services = await Promise.all(
    ['first', 'second', 'auth-token', 'metadata', 'flaky', 'flaky'].map((name) => startEchoServer(name)),
  );
  const [first, second, token, metadata, flaky, flakyToo] = services.map(({ address }) => address);
  gateway = await startGateway({
    routes,
    upstreams: {
      'distribution-api': [first ?? '', second ?? ''],
      'auth-token': [token ?? ''],
      metadata: [metadata ?? ''],
      gone: ['127.0.0.1:9'],
      flaky: [flaky ?? '', flakyToo ?? ''],
      half: [metadata ?? '', '127.0.0.1:9'],
    },
  });
  await mkdir(join(gateway.folder, 'blobs $1/aa'));
  await writeFile(join(gateway.folder, 'blobs $1/aa/one'), '0123456789');
});

afterAll(async () => {
  await gateway?.stop();
  await Promise.all((services ?? []).map((service) => service.close()));
});

const url = (path: string) => `http://127.0.0.1:${gateway.port}${path}`;

interface Echo {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly bodyBytes: number;
}

async function echo(path: string, init: RequestInit = {}): Promise<Echo> {
  const response = await fetch(url(path), init);
  expect(response.status).toBe(200);
  return (await response.json()) as Echo;
}

function rawRequest(line: string, headers = ''): Promise<string> {
  return exchange(gateway.port, `${line}\r\nHost: berth\r\nConnection: close\r\n${headers}\r\n`);
}

async function rawEcho(line: string, headers = ''): Promise<Echo> {
  const answer = await rawRequest(line, headers);
  expect(answer).toMatch(/^HTTP\/1.1 200/);
  return JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '') as Echo;
}

describe('paths', () => {
  test.each([
    ['/v2', ['first', 'second']],
    ['/v2/', ['first', 'second']],
    ['/v2/acme/web/manifests/1.0', ['first', 'second']],
    ['/token?service=berth', ['auth-token']],
    ['/api/v1/registries', ['metadata']],
    ['/api/v1/registries/acme?q=1', ['metadata']],
  ])('%s goes to %j', async (path, expected) => {
    const { service, url: seen } = await echo(path);
    expect(expected).toContain(service);
    expect(seen).toBe(path);
  });

  test.each([
    '/v2/acme%2Fweb/manifests/a%2fb',
    '/v2//acme///web/tags/list',
    '/v2/acme/./web/../x/tags/list?n=%2e',
    '/v2/%C3%A4/blobs/uploads/',
  ])('%s arrives exactly as it was sent, for reads and writes', async (path) => {
    expect((await rawEcho(`GET ${path} HTTP/1.1`)).url).toBe(path);
    expect((await rawEcho(`PUT ${path} HTTP/1.1`, 'Content-Length: 0\r\n')).url).toBe(path);
  });

  test('what nobody serves is a problem document, and a service may answer any status itself', async () => {
    const response = await fetch(url('/nothing'));
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await fetch(url('/v2/teapot'))).status).toBe(418);
  });

  test('its own internal addresses do not exist for clients', async () => {
    for (const path of ['/_blobs/aa/one', '/.berth/error/oci/404', '/@write'])
      expect((await fetch(url(path))).status).toBe(404);
  });
});

describe('the second hop of PUT and DELETE', () => {
  const ask = (headers: Record<string, string>, method = 'POST') => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return exchange(
      gateway.secondHopPort,
      `${method} /v2/x HTTP/1.1\r\nHost: berth\r\nContent-Length: 0\r\nConnection: close\r\n${lines.join('')}\r\n`,
    );
  };

  test.each(['PUT', 'DELETE'])('is sent on as the %s that it was', async (method) => {
    const answer = await ask({ 'X-Berth-Method': method, 'X-Berth-Upstream': 'metadata' });
    expect(JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '')).toMatchObject({ service: 'metadata', method });
  });

  test.each([
    ['an address', { 'X-Berth-Method': 'PUT', 'X-Berth-Upstream': '169.254.169.254' }],
    ['a service that is none', { 'X-Berth-Method': 'PUT', 'X-Berth-Upstream': 'berth-status' }],
    ['no service', { 'X-Berth-Method': 'PUT' }],
    ['another method', { 'X-Berth-Method': 'GET', 'X-Berth-Upstream': 'metadata' }],
    ['no method', { 'X-Berth-Upstream': 'metadata' }],
  ])('goes nowhere with %s', async (_what, headers) => {
    expect(await ask(headers)).toMatch(/^HTTP\/1.1 404/);
  });

  test('is not reached by the headers at the front', async () => {
    const { method, headers } = await rawEcho(
      'PUT /v2/x HTTP/1.1',
      'X-Berth-Method: DELETE\r\nX-Berth-Upstream: metadata\r\nContent-Length: 0\r\n',
    );
    expect(method).toBe('PUT');
    expect([headers['x-berth-method'], headers['x-berth-upstream']]).toEqual([undefined, undefined]);
  });
});

describe('forwarded headers', () => {
  const forged =
    'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Request-Id: mine\r\n' +
    'X-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Forwarded-Port: 1\r\n';

  test('are the gateway’s own, whatever a client sends', async () => {
    const { headers } = await rawEcho('GET /v2/ HTTP/1.1', forged);
    expect(headers).toMatchObject({
      host: 'berth',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'berth',
      'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(headers['x-real-ip']).toBeUndefined();
    expect(headers.forwarded).toBeUndefined();
    expect(headers['x-forwarded-port']).toBeUndefined();
  });

  test('are those of a trusted proxy in front', async () => {
    const trusting = await startGateway({
      routes,
      upstreams: {
        'distribution-api': [services[0]?.address ?? ''],
        'auth-token': [services[2]?.address ?? ''],
        metadata: [services[3]?.address ?? ''],
        gone: ['127.0.0.1:9'],
        flaky: ['127.0.0.1:9'],
        half: ['127.0.0.1:9'],
      },
      trustedProxies: ['127.0.0.0/8'],
    });
    try {
      const answer = await exchange(
        trusting.port,
        `GET /v2/ HTTP/1.1\r\nHost: berth\r\nConnection: close\r\n${forged}\r\n`,
      );
      expect(JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '')).toMatchObject({
        headers: {
          'x-forwarded-for': '6.6.6.6, 127.0.0.1',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'evil',
          'x-request-id': 'mine',
        },
      });
    } finally {
      await trusting.stop();
    }
  });
});

describe('bodies', () => {
  test('reach the service while they are still being sent', async () => {
    const { promise: restMayCome, resolve: sendRest } = Promise.withResolvers<void>();
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from('x'));
        await restMayCome;
        controller.close();
      },
    });
    const request = { method: 'PATCH', body, duplex: 'half' } as RequestInit;
    const response = await fetch(url('/v2/acme/web/blobs/uploads/1?first-byte=1'), request);
    sendRest();
    expect(await response.text()).toBe('got the first byte');
  });

  test('may be of any size', async () => {
    const { bodyBytes } = await echo('/v2/acme/web/blobs/uploads/1', {
      method: 'PATCH',
      body: Buffer.alloc(8 << 20),
    });
    expect(bodyBytes).toBe(8 << 20);
  });

  test('are asked for with 100 Continue', async () => {
    const answer = exchange(
      gateway.port,
      'PUT /v2/a/b HTTP/1.1\r\nHost: berth\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc',
    );
    expect(await answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  });
});

describe('several copies', () => {
  const seenOf = (method: string, path: string) =>
    services.flatMap(({ seen }) => seen.filter((one) => one.url === path && one.method === method));

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'a %s that gets no answer is not sent again',
    async (method) => {
      const path = `/flaky/write-${method}?hang-up=1`;
      const response = await fetch(url(path), { method });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'UNAVAILABLE' });
      expect(seenOf(method, path)).toHaveLength(1);
    },
  );

  test.each([
    ['POST', 3],
    ['PUT', 3],
    ['PATCH', 3],
    ['PUT', 3 << 20],
    ['PATCH', 3 << 20],
  ])('nor is a %s with a body of %i bytes', async (method, bytes) => {
    const path = `/flaky/body-${method}-${bytes}?hang-up=1`;
    const response = await fetch(url(path), { method, body: Buffer.alloc(bytes) });
    expect(response.status).toBe(503);
    expect(seenOf(method, path)).toHaveLength(1);
  });

  test.each([
    ['GET', '/half/a', undefined],
    ['POST', '/half/a', undefined],
    ['POST', '/half/a', 'body'],
    ['PATCH', '/half/a', 'body'],
    ['PUT', '/half/a', undefined],
    ['PUT', '/half/a', 'body'],
    ['DELETE', '/half/a', undefined],
  ])('a %s to %s with %s never meets the copy that is not there', async (method, path, body) => {
    for (let n = 0; n < 6; n++) {
      const { service, bodyBytes } = await echo(path, { method, ...(body !== undefined && { body }) });
      expect([service, bodyBytes]).toEqual(['metadata', body?.length ?? 0]);
    }
  });

  test('a GET that gets no answer is sent to the other copy', async () => {
    const path = '/flaky/read?hang-up=1';
    expect((await fetch(url(path))).status).toBe(503);
    expect(seenOf('GET', path)).toHaveLength(2);
  });

  test('all requests of one upload go to the same copy, different uploads to both', async () => {
    const servicesOf = async (id: string) =>
      Promise.all(
        [1, 2, 3].map(
          async () => (await echo(`/v2/acme/web/blobs/uploads/${id}`, { method: 'PATCH' })).service,
        ),
      );
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => servicesOf(`upload-${index}`)),
    );
    for (const copies of answers) expect(new Set(copies).size).toBe(1);
    expect(new Set(answers.flat()).size).toBe(2);
  });
});

describe('blobs from files', () => {
  const blob = (path: string, headers: Record<string, string> = {}) =>
    fetch(url(`/v2/acme/web/blobs/sha256:abc?accel=${encodeURIComponent(path)}`), { headers });

  test('carry the headers that the service gave', async () => {
    const response = await blob('/_blobs/aa/one');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('0123456789');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': '10',
      'content-type': 'application/octet-stream',
      'docker-content-digest': 'sha256:abc',
      'docker-distribution-api-version': 'registry/2.0',
      'accept-ranges': 'bytes',
      etag: '"sha256:abc"',
    });
    expect(response.headers.get('last-modified')).toBeNull();
    expect(response.headers.get('x-accel-redirect')).toBeNull();
  });

  test.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=0-1,3-4', 200, '0123456789', null],
  ])('range %s is answered with %i', async (range, status, text, contentRange) => {
    const response = await blob('/_blobs/aa/one', { Range: range });
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(response.headers.get('docker-content-digest')).toBe('sha256:abc');
  });

  test('that are gone are OCI errors', async () => {
    const response = await blob('/_blobs/aa/two');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  });
});

describe('errors of the gateway', () => {
  const longHeader = `X-Long: ${'x'.repeat(20_000)}\r\n`;
  test.each([
    ['a malformed URI', 'GET /v2/%zz HTTP/1.1', '', 400, 'UNSUPPORTED'],
    ['a NUL in the URI', 'GET /v2/a%00b HTTP/1.1', '', 400, 'UNSUPPORTED'],
    ['a URI above the root', 'GET /v2/../../x HTTP/1.1', '', 400, 'UNSUPPORTED'],
    ['an unknown method', 'BREW /v2/ HTTP/1.1', '', 405, 'UNSUPPORTED'],
    ['TRACE', 'TRACE /v2/ HTTP/1.1', '', 405, 'UNSUPPORTED'],
    ['a malformed method', 'get /v2/ HTTP/1.1', '', 400, 'UNSUPPORTED'],
    ['an unknown version', 'GET /v2/ HTTP/3.7', '', 505, 'UNSUPPORTED'],
    ['a long URI', `GET /v2/${'a'.repeat(20_000)} HTTP/1.1`, '', 414, 'NAME_INVALID'],
    ['a long header', 'GET /v2/ HTTP/1.1', longHeader, 431, 'UNSUPPORTED'],
    ['a wrong length', 'PUT /v2/ HTTP/1.1', 'Content-Length: -1\r\n', 400, 'UNSUPPORTED'],
    ['two lengths', 'PUT /v2/ HTTP/1.1', 'Content-Length: 1\r\nContent-Length: 2\r\n', 400, 'UNSUPPORTED'],
    ['an absolute URI', 'GET http://berth/v2/%zz HTTP/1.1', '', 400, 'UNSUPPORTED'],
  ])('%s under /v2 is an OCI error', async (_what, line, headers, status, code) => {
    const answer = await rawRequest(line, headers);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/^Docker-Distribution-Api-Version: registry\/2.0\r$/im);
    expect(answer).toMatch(/^Content-Type: application\/json\r$/im);
    expect(JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '')).toMatchObject({ errors: [{ code }] });
  });

  test.each([
    ['a malformed URI', 'GET /%zz HTTP/1.1', 400, 'REQUEST_INVALID'],
    ['an unknown method', 'BREW /api/v1/registries HTTP/1.1', 405, 'METHOD_NOT_ALLOWED'],
    ['a service that is down', 'GET /v2gone/x HTTP/1.1', 503, 'UNAVAILABLE'],
    ['a service that is down', 'DELETE /api/v1/audit HTTP/1.1', 503, 'UNAVAILABLE'],
  ])('%s elsewhere is a problem document', async (_what, line, status, code) => {
    const answer = await rawRequest(line);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/^Content-Type: application\/problem\+json\r$/im);
    expect(JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '')).toMatchObject({ status, code });
    if (status === 503) expect(answer).toMatch(/^Retry-After: \d+\r$/im);
  });
});
