import { readFile, rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { digestOf } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, repositoryScope, startFixture } from './fixture.ts';

const NAME = 'acme/web';
const first = Buffer.from('first part, ');
const second = Buffer.from('second part');
const whole = Buffer.concat([first, second]);

let berth: Fixture;
let tokens: Record<'ann' | 'bob', string>;

beforeAll(async () => {
  berth = await startFixture({ copies: 2 });
  tokens = {
    ann: await berth.token('ann', [
      repositoryScope(NAME, 'pull', 'push'),
      repositoryScope('base/os', 'pull'),
    ]),
    bob: await berth.token('bob', [repositoryScope(NAME, 'pull', 'push')]),
  };
});
afterAll(() => berth.stop());

interface Ask {
  readonly copy?: number;
  readonly as?: 'ann' | 'bob';
  readonly body?: Uint8Array;
  readonly headers?: Record<string, string>;
}

function send(method: string, path: string, ask: Ask = {}): Promise<Response> {
  const { copy = 0, as = 'ann', body, headers } = ask;
  return fetch(`${berth.origins[copy]}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokens[as]}`, ...headers },
    ...(body && { body: new Uint8Array(body) }),
    redirect: 'manual',
  });
}

async function begin(): Promise<string> {
  const answer = await send('POST', `/v2/${NAME}/blobs/uploads/`);
  expect([answer.status, answer.headers.get('range')]).toEqual([202, '0-0']);
  return answer.headers.get('location') ?? '';
}

async function stored(digest: string): Promise<Buffer> {
  return await readFile(join(berth.blobFolder, berth.facts.blobs.get(digest)?.key ?? ''));
}

function uploadOf(location: string) {
  return berth.facts.uploads.get(location.split('/').at(-1) ?? '');
}

describe('a blob is stored', () => {
  test('by POST, PATCH and PUT, with four calls to metadata', async () => {
    const location = await begin();
    const before = new Map(berth.facts.calls);
    const patched = await send('PATCH', location, { body: whole });
    expect([patched.status, patched.headers.get('range')]).toEqual([202, `0-${whole.length - 1}`]);
    const digest = digestOf(whole);
    const put = await send('PUT', `${location}?digest=${digest}`);
    expect(put.status).toBe(201);
    expect(put.headers.get('docker-content-digest')).toBe(digest);
    expect(put.headers.get('location')).toBe(`/v2/${NAME}/blobs/${digest}`);
    expect(await stored(digest)).toEqual(whole);
    const made = ['claimUpload', 'recordUpload', 'commitUpload'].map(
      (method) => (berth.facts.calls.get(method) ?? 0) - (before.get(method) ?? 0),
    );
    expect(made).toEqual([0, 1, 1]);
  });

  test('by one POST', async () => {
    const body = Buffer.from('all in one');
    const answer = await send('POST', `/v2/${NAME}/blobs/uploads/?digest=${digestOf(body)}`, { body });
    expect(answer.status).toBe(201);
    expect(await stored(digestOf(body))).toEqual(body);
  });

  test('by PUT alone, and the same again when it is repeated', async () => {
    const body = Buffer.from('put alone');
    const url = `${await begin()}?digest=${digestOf(body)}`;
    expect((await send('PUT', url, { body })).status).toBe(201);
    expect((await send('PUT', url, { body })).status).toBe(201);
    expect((await send('PUT', url)).status).toBe(201);
  });

  test('without a byte', async () => {
    const digest = digestOf(new Uint8Array());
    expect((await send('PUT', `${await begin()}?digest=${digest}`)).status).toBe(201);
    const got = await send('GET', `/v2/${NAME}/blobs/${digest}`);
    expect([got.status, got.headers.get('content-length'), await got.text()]).toEqual([200, '0', '']);
  });

  test('in chunks, and a chunk that does not follow on is refused with the place where it stands', async () => {
    const location = await begin();
    const at = (start: number, body: Buffer) => ({
      body,
      headers: { 'content-range': `${start}-${start + body.length - 1}` },
    });
    expect((await send('PATCH', location, at(0, first))).status).toBe(202);
    const gap = await send('PATCH', location, at(first.length + 1, second));
    expect([gap.status, gap.headers.get('range')]).toEqual([416, `0-${first.length - 1}`]);
    const status = await send('GET', location);
    expect([status.status, status.headers.get('range')]).toEqual([204, `0-${first.length - 1}`]);
    const url = `${location}?digest=${digestOf(Buffer.concat([first, second]))}`;
    expect((await send('PUT', url, at(first.length, second))).status).toBe(201);
  });

  test('by sha512, asked for at the start, and found out at the end', async () => {
    const body = Buffer.from('long digest');
    const digest = digestOf(body, 'sha512');
    const hinted = await send('POST', `/v2/${NAME}/blobs/uploads/?digest-algorithm=sha512`);
    for (const location of [hinted.headers.get('location') ?? '', await begin()]) {
      expect((await send('PATCH', location, { body })).status).toBe(202);
      expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201);
      expect(await stored(digest)).toEqual(body);
    }
  });

  test('by a mount from where the caller may pull, and by an upload where not', async () => {
    const body = Buffer.from('mounted');
    await send('POST', `/v2/${NAME}/blobs/uploads/?digest=${digestOf(body)}`, { body });
    const mount = `/v2/${NAME}/blobs/uploads/?mount=${digestOf(body)}`;
    for (const [query, status] of [
      ['', 201],
      ['&from=acme/other', 201],
      ['&from=base/os', 201],
      ['&from=secret/os', 202],
      ['&from=..', 202],
      ['&from=acme/BAD//x', 201],
    ] as const) {
      expect([query, (await send('POST', `${mount}${query}`)).status]).toEqual([query, status]);
    }
    const missing = await send('POST', `/v2/${NAME}/blobs/uploads/?mount=${digestOf(first)}`);
    expect(missing.status).toBe(202);
  });
});

describe('on two copies', () => {
  test('an upload goes on on the other one from a copy of its bytes', async () => {
    const location = await begin();
    await send('PATCH', location, { body: first, copy: 0 });
    const key = uploadOf(location)?.key ?? '';
    await send('PATCH', location, { body: second, copy: 1 });
    expect(uploadOf(location)?.key).not.toBe(key);
    const digest = digestOf(whole);
    berth.facts.blobs.delete(digest);
    expect((await send('PUT', `${location}?digest=${digest}`, { copy: 0 })).status).toBe(201);
    expect(await stored(digest)).toEqual(whole);
    expect(await readFile(join(berth.blobFolder, key))).toEqual(first);
  });

  test('an upload ends on the other one without its bytes being read', async () => {
    const location = await begin();
    const body = Buffer.from('ends elsewhere');
    await send('PATCH', location, { body, copy: 0 });
    const key = uploadOf(location)?.key;
    expect((await send('PUT', `${location}?digest=${digestOf(body)}`, { copy: 1 })).status).toBe(201);
    expect(berth.facts.blobs.get(digestOf(body))?.key).toBe(key);
    expect(await stored(digestOf(body))).toEqual(body);
  });

  test('an upload that one copy cancelled is unknown to the one that holds it', async () => {
    const location = await begin();
    await send('PATCH', location, { body: first, copy: 0 });
    expect((await send('DELETE', location, { copy: 1 })).status).toBe(204);
    expect((await send('PUT', `${location}?digest=${digestOf(first)}`, { copy: 0 })).status).toBe(404);
  });

  test('a wrong digest at the other one leaves the upload as it stands', async () => {
    const location = await begin();
    const body = Buffer.from('right in the end');
    await send('PATCH', location, { body, copy: 0 });
    for (const copy of [1, 0]) {
      expect((await send('PUT', `${location}?digest=${digestOf(second)}`, { copy })).status).toBe(400);
    }
    expect((await send('PUT', `${location}?digest=${digestOf(body)}`, { copy: 0 })).status).toBe(201);
    expect(await stored(digestOf(body))).toEqual(body);
  });

  test('an upload is not ended by what is recorded while more is written to its file', async () => {
    const location = await begin();
    await send('PATCH', location, { body: first });
    const writing = openChunked(location, second);
    await waitUntil(() => uploadOf(location)?.isLeased);
    const early = await send('PUT', `${location}?digest=${digestOf(first)}`, { copy: 1 });
    expect(early.status).toBe(416);
    expect(await writing.end()).toMatch(/^HTTP\/1\.1 202/);
    expect((await send('PUT', `${location}?digest=${digestOf(whole)}`)).status).toBe(201);
  });
});

test('each call that an upload makes carries the id of its request', async () => {
  const location = await begin();
  for (const [method, path, calls] of [
    ['PATCH', location, ['recordUpload']],
    ['PATCH', location, ['claimUpload', 'recordUpload']],
    ['PUT', `${location}?digest=${digestOf(Buffer.concat([first, first]))}`, ['commitUpload']],
  ] as const) {
    const answer = await send(method, path, method === 'PATCH' ? { body: first } : {});
    const requestId = answer.headers.get('x-request-id');
    expect(calls.map((call) => berth.facts.requestIds.get(call))).toEqual(calls.map(() => requestId));
  }
});

test('a chunk that could not be stored can be sent again at once', async () => {
  const location = await begin();
  const chunk = (start: number, body: Buffer) =>
    send('PATCH', location, {
      body,
      headers: { 'content-range': `${start}-${start + body.length - 1}` },
    });
  expect((await chunk(0, first)).status).toBe(202);
  const file = join(berth.blobFolder, uploadOf(location)?.key ?? '');
  await rename(file, `${file}.away`);
  expect((await chunk(first.length, second)).status).toBe(500);
  await rename(`${file}.away`, file);
  expect((await chunk(first.length, second)).status).toBe(202);
  expect((await send('PUT', `${location}?digest=${digestOf(whole)}`)).status).toBe(201);
  expect(await stored(digestOf(whole))).toEqual(whole);
});

describe('a writer that loses', () => {
  test('what came of a cut body is kept, and the upload goes on there', async () => {
    const location = await begin();
    const writing = openChunked(location, first);
    await waitUntil(async () => {
      const { blobFolder } = berth;
      return (await readFile(join(blobFolder, uploadOf(location)?.key ?? '')).catch(() => null)) !== null;
    });
    writing.cut();
    await waitUntil(() => uploadOf(location)?.sizeBytes === first.length);
    expect((await send('PATCH', location, { body: second })).status).toBe(202);
    expect((await send('PUT', `${location}?digest=${digestOf(whole)}`)).status).toBe(201);
  });

  test('another user finds no upload, and takes nothing from the one who began it', async () => {
    const location = await begin();
    await send('PATCH', location, { body: first });
    for (const [method, url] of [
      ['GET', location],
      ['PATCH', location],
      ['PUT', `${location}?digest=${digestOf(first)}`],
      ['DELETE', location],
    ] as const) {
      expect(
        (await send(method, url, { as: 'bob', ...(method === 'PATCH' && { body: second }) })).status,
      ).toBe(404);
    }
    const claims = berth.facts.calls.get('claimUpload') ?? 0;
    expect((await send('PATCH', location, { body: second })).status).toBe(202);
    expect(uploadOf(location)?.sizeBytes).toBe(whole.length);
    expect(berth.facts.calls.get('claimUpload')).toBe(claims + 1);
  });

  test.each([['PUT'], ['POST']])(
    'a wrong digest by %s is refused and the upload discarded',
    async (method) => {
      const url = method === 'PUT' ? await begin() : `/v2/${NAME}/blobs/uploads/`;
      const count = berth.facts.uploads.size;
      const answer = await send(method, `${url}?digest=${digestOf(first)}`, { body: second });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
      expect(berth.facts.uploads.size).toBe(method === 'PUT' ? count - 1 : count);
    },
  );

  test.each([
    ['PUT', 'without a digest', '', {}, 400, 'DIGEST_INVALID'],
    ['PUT', 'with a malformed digest', '?digest=sha256:x', {}, 400, 'DIGEST_INVALID'],
    ['PATCH', 'with a malformed Content-Range', '', { 'content-range': '9-1' }, 400, 'BLOB_UPLOAD_INVALID'],
    [
      'PATCH',
      'with a Content-Range of another length',
      '',
      { 'content-range': '0-99' },
      400,
      'BLOB_UPLOAD_INVALID',
    ],
  ])('%s %s is refused', async (method, _what, query, headers, status, code) => {
    const answer = await send(method, `${await begin()}${query}`, { body: first, headers });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  });

  test('a cancelled upload is gone, with its bytes', async () => {
    const location = await begin();
    await send('PATCH', location, { body: first });
    const key = uploadOf(location)?.key ?? '';
    expect((await send('DELETE', location)).status).toBe(204);
    expect((await send('GET', location)).status).toBe(404);
    await expect(readFile(join(berth.blobFolder, key))).rejects.toThrow('ENOENT');
  });
});

/** A PATCH by hand that stays open behind its first bytes. */
function openChunked(location: string, body: Buffer) {
  const { hostname, port, host } = new URL(berth.origins[0] ?? '');
  const socket = connect(Number(port), hostname);
  let answer = '';
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  const head = [
    `PATCH ${location} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${tokens.ann}`,
    'Transfer-Encoding: chunked',
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`);
  return {
    cut: () => socket.destroy(),
    async end() {
      socket.write('0\r\n\r\n');
      await closed;
      return answer;
    },
  };
}
