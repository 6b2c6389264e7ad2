import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { makeCertificate, temporaryFolder, waitUntil } from '@berth/testing';
import { afterEach, describe, expect, test } from '@jest/globals';
import { request as undiciRequest } from 'undici';
import { createOutbound, type Outbound, type OutboundOptions, type OutboundRequest } from '../index.ts';
import {
  closedPort,
  type Seen,
  startTarget,
  type TargetOptions,
  type TargetServer,
} from './target-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function outbound(options: Partial<OutboundOptions> = {}): Outbound {
  const made = createOutbound({ allowedCidrs: ['127.0.0.1/32'], userAgent: 'berth/test', ...options });
  open.push(made);
  return made;
}

async function target(
  answer: (seen: Seen, response: ServerResponse) => void = (_seen, response) => response.end('fine'),
  options: TargetOptions = {},
): Promise<TargetServer> {
  const made = await startTarget(answer, options);
  open.push(made);
  return made;
}

function post(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  const body = Buffer.from('{"hello":1}');
  const headers = { 'content-type': 'application/json', authorization: 'Bearer s3cret' };
  return { url, method: 'POST', headers, body, timeoutMs: 20_000, maxAnswerBytes: 4_096, ...more };
}

/** Names that are at these addresses, one after the other: the last stays. */
function names(table: Record<string, string[]>): NonNullable<OutboundOptions['resolve']> {
  const left = structuredClone(table);
  return async (hostname) => {
    const addresses = left[hostname] ?? [];
    const address = addresses.length > 1 ? addresses.shift() : addresses[0];
    if (address === undefined) throw new Error(`getaddrinfo ENOTFOUND ${hostname}`);
    return address.split(' ').map((each) => ({ address: each, family: each.includes(':') ? 6 : 4 }));
  };
}

describe('a request', () => {
  test('brings content and headers there, and status, headers and body back', async () => {
    const { port, seen } = await target((_seen, response) => {
      response.writeHead(422, { 'x-answer': 'no' }).end('not like this');
    });
    const answer = await outbound().request(post(`http://127.0.0.1:${port}/hook?token=1`));
    expect(answer).toMatchObject({ status: 422, headers: { 'x-answer': 'no' }, isTruncated: false });
    expect(answer.body.toString()).toBe('not like this');
    expect(seen).toMatchObject([{ method: 'POST', path: '/hook?token=1', body: '{"hello":1}' }]);
    expect(seen[0]?.headers).toMatchObject({
      'user-agent': 'berth/test',
      authorization: 'Bearer s3cret',
      'accept-encoding': 'identity',
    });
  });

  test('connects to the address that was checked, and names the host as it was given', async () => {
    const { port, seen } = await target();
    const resolve = names({ 'hooks.example.com': ['127.0.0.1'] });
    const answer = await outbound({ resolve }).request(post(`http://hooks.example.com:${port}/`));
    expect(answer.status).toBe(200);
    expect(seen[0]?.headers.host).toBe(`hooks.example.com:${port}`);
  });

  test('reuses its connections', async () => {
    const { port, connections } = await target();
    const out = outbound();
    for (let count = 0; count < 10; count += 1) await out.request(post(`http://127.0.0.1:${port}/`));
    expect(connections()).toBeLessThan(5);
  });

  test.each([
    ['ftp://127.0.0.1/', 'an http or https URL, not ftp:'],
    ['file:///etc/passwd', 'not file:'],
    ['/relative', '"/relative" is no absolute URL'],
    ['http://', '"http://" is no absolute URL'],
    ['http://user:s3cret@127.0.0.1/', 'the URL of 127.0.0.1 holds credentials'],
    [`http://127.0.0.1/${'a'.repeat(9_000)}`, 'at most 8192 characters'],
  ])('is refused for the URL %.40s', async (url, message) => {
    const failure = await failureOf(outbound().request(post(url)));
    expect(failure).toMatchObject({ code: 'INVALID_URL', message: expect.stringContaining(message) });
    expect(String(failure)).not.toContain('s3cret');
  });
});

describe('a target that is not allowed', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://localhost.:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://[::1]:PORT/',
    'http://0.0.0.0:PORT/',
    'http://private.example.com:PORT/',
    'http://both.example.com:PORT/',
  ])('%s is neither connected to nor saved', async (template) => {
    const { port, connections } = await target();
    const table = {
      localhost: ['::1 127.0.0.1'],
      'localhost.': ['127.0.0.1'],
      'private.example.com': ['127.0.0.1'],
      'both.example.com': ['10.0.0.1 127.0.0.1'],
    };
    const out = outbound({ allowedCidrs: [], resolve: names(table) });
    const url = template.replace('PORT', String(port));
    for (const attempt of [out.checkTarget(url), out.request(post(url))]) {
      const failure = await failureOf(attempt);
      expect(failure).toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
      expect(String(failure)).toContain('BERTH_OUTBOUND_ALLOW_CIDRS');
    }
    expect(connections()).toBe(0);
  });

  test('is not reached by a name that turns to it after it was checked', async () => {
    const { port, connections } = await target();
    const out = outbound({
      allowedCidrs: [],
      resolve: names({ 'rebind.example.com': ['93.184.216.34', '127.0.0.1'] }),
    });
    await out.checkTarget(`http://rebind.example.com:${port}/`);
    const failure = await failureOf(out.request(post(`http://rebind.example.com:${port}/`)));
    expect(failure).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
      message: expect.stringContaining('rebind.example.com is at 127.0.0.1, a loopback address'),
    });
    expect(connections()).toBe(0);
  });

  test('is left out where a name has an allowed address too', async () => {
    const allowed = await target();
    const resolve = names({ 'mixed.example.com': ['10.255.255.1 127.0.0.1'] });
    const answer = await outbound({ resolve }).request(post(`http://mixed.example.com:${allowed.port}/`));
    expect(answer.status).toBe(200);
  });

  test('is not reached by the streaming door either', async () => {
    const { port, connections } = await target();
    const dispatcher = outbound({ allowedCidrs: [] }).dispatcher();
    const asked = undiciRequest(`http://127.0.0.1:${port}/`, { dispatcher });
    expect(await failureOf(asked)).toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    expect(connections()).toBe(0);
  });
});

describe('a redirect', () => {
  const sendTo = (status: number, location: string) => (seen: Seen, response: ServerResponse) =>
    seen.path === '/end' ? response.end('end') : response.writeHead(status, { location }).end();

  test.each([
    [307, 'POST', '{"hello":1}'],
    [308, 'POST', '{"hello":1}'],
    [303, 'GET', ''],
    [302, 'GET', ''],
    [301, 'GET', ''],
  ])('with %d of the same host is followed as %s', async (status, method, body) => {
    const { port, seen } = await target(sendTo(status, '/end'));
    const answer = await outbound().request(post(`http://127.0.0.1:${port}/`));
    expect(answer.body.toString()).toBe('end');
    expect(seen[1]).toMatchObject({ method, body, path: '/end' });
    expect(seen[1]?.headers['content-type']).toBe(method === 'GET' ? undefined : 'application/json');
  });

  test.each([
    [301, 301, 1],
    [302, 302, 1],
    [303, 303, 1],
    [307, 200, 2],
    [308, 200, 2],
  ])(
    'with %d of a request that keeps its method ends in %d after %d requests',
    async (status, end, count) => {
      const { port, seen } = await target(sendTo(status, '/end'));
      const answer = await outbound().request(post(`http://127.0.0.1:${port}/`, { keepsMethod: true }));
      expect(answer.status).toBe(end);
      expect(seen.map(({ method }) => method)).toEqual(Array(count).fill('POST'));
    },
  );

  test('to another host, another port or another scheme is refused, and brings nothing there', async () => {
    const other = await target();
    for (const location of [
      `http://127.0.0.1:${other.port}/end`,
      `http://localhost:${other.port}/end`,
      `//localhost:${other.port}/end`,
      'http://169.254.169.254/latest/meta-data',
      'file:///etc/passwd',
      'http://',
    ]) {
      const { port } = await target(sendTo(302, location));
      const failure = await failureOf(outbound().request(post(`http://127.0.0.1:${port}/`)));
      expect([location, failure]).toMatchObject([location, { code: 'REDIRECT_REFUSED' }]);
    }
    expect(other.connections()).toBe(0);
  });

  test('without an end is given up after five', async () => {
    const { port, seen } = await target(sendTo(307, '/again'));
    const failure = await failureOf(outbound().request(post(`http://127.0.0.1:${port}/`)));
    expect(failure).toMatchObject({ code: 'REDIRECT_REFUSED', message: expect.stringContaining('5 times') });
    expect(seen).toHaveLength(6);
  });
});

describe('a bad target', () => {
  test('that answers without an end is cut off, its connection closed', async () => {
    let isClosed = false;
    const { port } = await target((_seen, response) => {
      const piece = Buffer.alloc(64 * 1024, 'x');
      const fill = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', fill).on('close', () => (isClosed = true));
      fill();
    });
    const answer = await outbound().request(post(`http://127.0.0.1:${port}/`, { maxAnswerBytes: 4_096 }));
    expect(answer).toMatchObject({ status: 200, isTruncated: true });
    expect(answer.body).toHaveLength(4_096);
    await waitUntil(() => isClosed);
  });

  test('that never answers is given up at the deadline', async () => {
    const { port } = await target(() => {});
    const failure = await failureOf(
      outbound().request(post(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })),
    );
    expect(failure).toMatchObject({ code: 'TIMED_OUT', message: expect.stringContaining('200 ms') });
  });

  test('that sends a byte now and then is given up at the same deadline', async () => {
    const { port } = await target((_seen, response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const failure = await failureOf(
      outbound().request(post(`http://127.0.0.1:${port}/`, { timeoutMs: 300 })),
    );
    expect(failure).toMatchObject({ code: 'TIMED_OUT' });
  });

  test('whose name is never resolved is given up in time', async () => {
    const out = outbound({ resolve: () => new Promise(() => {}), connectTimeoutMs: 100 });
    for (const attempt of [
      out.checkTarget('http://slow.example.com/'),
      out.request(post('http://slow.example.com/')),
    ]) {
      expect(await failureOf(attempt)).toMatchObject({ code: 'TIMED_OUT' });
    }
  });

  test('with an unknown name, a closed port, a cut connection or no HTTP says so', async () => {
    const out = outbound({ resolve: names({}) });
    const cut = await target((_seen, response) => response.destroy());
    const short = await target((_seen, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('part');
      setImmediate(() => response.destroy());
    });
    const garbage = await target((_seen, response) => response.socket?.end('nonsense\r\n\r\n'));
    for (const [url, code] of [
      ['http://gone.example.com/', 'NAME_NOT_RESOLVED'],
      [`http://127.0.0.1:${await closedPort()}/`, 'CONNECTION_FAILED'],
      [`http://127.0.0.1:${cut.port}/`, 'CONNECTION_FAILED'],
      [`http://127.0.0.1:${short.port}/`, 'CONNECTION_FAILED'],
      [`http://127.0.0.1:${garbage.port}/`, 'PROTOCOL'],
    ] as const) {
      expect([url, await failureOf(out.request(post(url)))]).toMatchObject([url, { code }]);
    }
  });

  test('is left when the caller has had enough', async () => {
    const { port } = await target(() => {});
    const control = new AbortController();
    const asked = failureOf(
      outbound().request(post(`http://127.0.0.1:${port}/`, { signal: control.signal })),
    );
    control.abort();
    expect(await asked).toMatchObject({ code: 'ABORTED' });
  });
});

describe('certificates', () => {
  async function secureTarget() {
    const files = makeCertificate(await temporaryFolder(), 'hooks', ['hooks.example.com']);
    const [cert, key] = [readFileSync(files.certificate, 'utf8'), readFileSync(files.key, 'utf8')];
    const { port } = await target(undefined, { tls: { cert, key } });
    const resolve = names({ 'hooks.example.com': ['127.0.0.1'], 'other.example.com': ['127.0.0.1'] });
    return { cert, out: outbound({ resolve }), url: (name: string) => `https://${name}:${port}/` };
  }

  test('of public authorities only, unless the target has its own or none is asked for', async () => {
    const { cert, out, url } = await secureTarget();
    const refused = await failureOf(out.request(post(url('hooks.example.com'))));
    expect(refused).toMatchObject({ code: 'TLS_FAILED' });
    const trusted = await out.request(post(url('hooks.example.com'), { trust: { caCertificate: cert } }));
    expect(trusted.status).toBe(200);
    const skipped = await out.request(post(url('hooks.example.com'), { trust: { skipVerify: true } }));
    expect(skipped.status).toBe(200);
    // What one target trusts is not what the next one does.
    expect(await failureOf(out.request(post(url('hooks.example.com'))))).toMatchObject({
      code: 'TLS_FAILED',
    });
  });

  test('are for the name that was asked, not for the address', async () => {
    const { cert, out, url } = await secureTarget();
    const failure = await failureOf(
      out.request(post(url('other.example.com'), { trust: { caCertificate: cert } })),
    );
    expect(failure).toMatchObject({ code: 'TLS_FAILED' });
  });

  test('are not had from a target that speaks no TLS', async () => {
    const { port } = await target();
    const failure = await failureOf(outbound().request(post(`https://127.0.0.1:${port}/`)));
    expect(failure).toMatchObject({ code: 'TLS_FAILED' });
  });
});

test('closing gives up what is under way', async () => {
  const { port, seen } = await target(() => {});
  const out = outbound();
  const asked = failureOf(out.request(post(`http://127.0.0.1:${port}/`)));
  await waitUntil(() => seen.length === 1);
  await out.close();
  expect(await asked).toMatchObject({ name: 'OutboundError' });
});

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
