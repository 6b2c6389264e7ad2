import { request as httpRequest } from 'node:http';
import { ServiceError } from '@berth/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readBody, sendJson, startHttpServer } from '../index.ts';
import { type Sample, sampleRoute, startSample } from './sample-server.ts';

let sample: Sample;
const cutBody = Promise.withResolvers<Uint8Array>();
const gone = Promise.withResolvers<unknown>();
const entered = Promise.withResolvers<void>();

beforeAll(async () => {
  sample = await startSample([
    sampleRoute('/hello/{who}', async ({ response, params, query, requestId, clientAddress, identity }) => {
      const { who } = params;
      sendJson(response, 200, { who, q: query.get('q'), requestId, clientAddress, identity });
    }),
    sampleRoute(
      '/body',
      async ({ request, response }) => {
        sendJson(response, 200, { sizeBytes: (await readBody(request, { maxBytes: 10 })).byteLength });
      },
      { method: 'PUT', action: 'write' },
    ),
    sampleRoute(
      '/cut',
      async ({ request }) => {
        cutBody.resolve(readBody(request, { maxBytes: 10 }));
        await cutBody.promise;
      },
      { method: 'PUT' },
    ),
    sampleRoute('/defect', async () => {
      throw new Error('the password is hunter2', { cause: new Error('deeper') });
    }),
    sampleRoute('/away', async () => {
      throw new ServiceError('UNAVAILABLE', 'the bus is disconnected');
    }),
    sampleRoute('/half', async ({ response }) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('half');
      throw new Error('in the middle');
    }),
    sampleRoute('/wait', ({ signal, response }) => {
      entered.resolve();
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          gone.resolve(response.destroyed);
          reject(signal.reason);
        }),
      );
    }),
  ]);
});
afterAll(() => sample.life.shutdown('the tests are done'));

describe('startHttpServer', () => {
  test('answers with path, query, request id and client address', async () => {
    const answer = await fetch(`${sample.url}/hello/a%20b?q=1`, {
      headers: { 'X-Request-Id': 'r-1', 'X-Forwarded-For': '198.51.100.7' },
    });
    expect(answer.headers.get('x-request-id')).toBe('r-1');
    expect(answer.headers.has('x-powered-by')).toBe(false);
    expect(await answer.json()).toEqual({
      who: 'a b',
      q: '1',
      requestId: 'r-1',
      clientAddress: '198.51.100.7',
      identity: 'public',
    });
  });

  test('makes its own request id where the given one is not fit to be logged', async () => {
    const answer = await fetch(`${sample.url}/hello/x`, { headers: { 'X-Request-Id': 'a b"c' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-z]{26}$/);
  });

  test('a HEAD has the headers of the GET and no body', async () => {
    const answer = await fetch(`${sample.url}/hello/x`, { method: 'HEAD' });
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(10);
    expect(await answer.text()).toBe('');
  });

  test.each([
    ['GET', '/none', 404, 'NOT_FOUND'],
    ['POST', '/hello/x', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/hello/%ff', 400, 'PATH_INVALID'],
    ['PUT', '/body', 401, 'UNAUTHORIZED'],
  ])('%s %s is a problem with %d %s', async (method, path, status, code) => {
    const answer = await fetch(`${sample.url}${path}`, { method });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ status, code })]);
  });

  test('tells nothing of a defect, and logs its cause with the request id', async () => {
    const answer = await fetch(`${sample.url}/defect`, { headers: { 'X-Request-Id': 'r-defect' } });
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(text).toContain('r-defect');
    expect(text).not.toMatch(/hunter2|deeper/);
    expect(sample.logged).toContainEqual({
      level: 'error',
      message: 'request failed',
      fields: expect.objectContaining({ requestId: 'r-defect', route: '/defect', error: expect.any(Error) }),
    });
  });

  test('says that it is away with 503 and when to ask again', async () => {
    const answer = await fetch(`${sample.url}/away`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ code: 'UNAVAILABLE', detail: 'the bus is disconnected' });
  });

  test('an answer that breaks in the middle breaks for the client too', async () => {
    const whole = fetch(`${sample.url}/half`).then((answer) => answer.text());
    await expect(whole).rejects.toThrow();
  });

  test('tells a handler that its client went away', async () => {
    const request = httpRequest(`${sample.url}/wait`);
    request.on('error', () => {});
    request.end();
    await entered.promise;
    request.destroy();
    expect(await gone.promise).toBe(true);
  });

  test('a body within the limit is read, one above it is 413, announced or not', async () => {
    const put = (body: string | ReadableStream) =>
      fetch(`${sample.url}/body`, {
        method: 'PUT',
        headers: { Authorization: 'yes' },
        body,
        duplex: 'half',
      } as RequestInit);
    expect(await (await put('1234567890')).json()).toEqual({ sizeBytes: 10 });
    expect((await put('12345678901')).status).toBe(413);
    expect((await put(new Blob(['12345678901']).stream())).status).toBe(413);
  });

  test('a body that ends before its announced end is no body', async () => {
    const request = httpRequest(`${sample.url}/cut`, { method: 'PUT', headers: { 'Content-Length': 9 } });
    request.on('error', () => {});
    request.write('1234', () => request.destroy());
    await expect(cutBody.promise).rejects.toMatchObject({ status: 400, code: 'BODY_CUT' });
  });

  test('asks for the body only after the access check (Expect: 100-continue)', async () => {
    const head = 'PUT /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n';
    const refused = await sample.raw(`${head}\r\n`);
    expect(refused).toMatch(/^HTTP\/1.1 401 [\s\S]*Connection: close/s);
    const allowed = await sample.raw(`${head}Authorization: yes\r\nConnection: close\r\n\r\n1234`);
    expect(allowed).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
  });

  test('a refused client that goes on sending still gets its answer', async () => {
    const answer = await sample.raw(
      `PUT /body HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n${'x'.repeat(8_000_000)}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 401 [\s\S]*Connection: close[\s\S]*"code":"UNAUTHORIZED"/);
  });

  test('has health, readiness and metrics by route beside the routes', async () => {
    expect((await fetch(`${sample.url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${sample.url}/readyz`)).json()).toEqual({ status: 'ready', checks: {} });
    const metrics = await (await fetch(`${sample.url}/metrics`)).text();
    expect(metrics).toMatch(/request_duration_seconds_count\{.*route="\/hello\/\{who\}".*\} \d/);
    expect(metrics).toMatch(
      /request_duration_seconds_count\{.*status="5xx",route="\/defect"|route="\/defect",status="5xx"/,
    );
  });

  test('does not start with a route without an action', async () => {
    const route = sampleRoute('/x', async () => {}, { action: '' });
    await expect(startSample([route])).rejects.toThrow('declares no action');
  });

  test('reports a port that is taken', async () => {
    const options = {
      host: '127.0.0.1',
      port: sample.port,
      routes: [],
      trustedProxies: [],
      life: sample.life,
    };
    await expect(
      startHttpServer({ ...options, authorize: () => '', renderError: () => ({ status: 500, body: {} }) }),
    ).rejects.toThrow('EADDRINUSE');
  });
});

describe('time-outs', () => {
  test('a body that stands still ends the connection, work that takes long does not', async () => {
    const sample = await startSample(
      [
        sampleRoute(
          '/body',
          async ({ request, response }) =>
            sendJson(response, 200, { sizeBytes: (await readBody(request, { maxBytes: 100 })).byteLength }),
          { method: 'PUT' },
        ),
        sampleRoute('/work', async ({ response }) => {
          await new Promise((resolve) => setTimeout(resolve, 200));
          sendJson(response, 200, {});
        }),
      ],
      { idleTimeoutMs: 50 },
    );
    const stalled = sample.raw('PUT /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234');
    const working = fetch(`${sample.url}/work`);
    expect(await stalled).toBe('');
    expect((await working).status).toBe(200);
    await sample.life.shutdown('test');
  });
});
