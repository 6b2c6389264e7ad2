import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { digestOf } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { fetchToken } from '../support/small-image.ts';
import { ociCode, type RawAnswer, type RawRequest, rawRequest } from './raw-request.ts';

const UPLOADS = '/v2/acme/web/blobs/uploads/';

let product: BerthProduct;
let authorization: string;

beforeAll(async () => {
  product = await startBerthProduct();
  await product.createRegistry('acme');
  const scopes = ['web', 'other'].map((image) => `repository:acme/${image}:pull,push`);
  authorization = `Bearer ${await fetchToken(product, ...scopes)}`;
});

afterAll(() => product?.stop());

function send(request: RawRequest): Promise<RawAnswer> {
  return rawRequest(product.port, {
    ...request,
    headers: { Authorization: authorization, ...request.headers },
  });
}

async function begin(): Promise<string> {
  const answer = await send({ method: 'POST', path: UPLOADS });
  expect(answer.status).toBe(202);
  return String(answer.headers.location);
}

function refusal(answer: RawAnswer): { status: number; code: string } {
  return { status: answer.status, code: ociCode(answer) };
}

async function offsetOf(location: string): Promise<number> {
  const { headers } = await send({ path: location });
  return headers.range === undefined ? 0 : Number(headers.range.split('-')[1]) + 1;
}

describe('an upload id', () => {
  test.each(['nothing', '00000000000000000000000000', 'a'.repeat(200), '..', '%2e%2e', '-', '_'])(
    'that is made up is unknown: %s',
    async (id) => {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const answer = await send({ method, path: UPLOADS + id, body: method === 'PATCH' ? 'x' : '' });
        // Dots are gone before any service sees them: what is left is another address.
        expect([400, 404, 405]).toContain(answer.status);
        expect(ociCode(answer)).toMatch(/^[A-Z_]+$/);
      }
    },
  );

  test('of another repository is unknown here', async () => {
    const location = (await begin()).replace('/acme/web/', '/acme/other/');
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await send({ method, path: location, body: method === 'PATCH' ? 'x' : '' });
      expect(refusal(answer)).toEqual({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    }
  });

  test('that ended is unknown', async () => {
    const location = await begin();
    expect((await send({ method: 'DELETE', path: location })).status).toBe(204);
    const answer = await send({ method: 'PATCH', path: location, body: 'x' });
    expect(refusal(answer)).toEqual({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  });
});

describe('an upload', () => {
  const bytes = randomBytes(10_000);
  const end = (location: string, digest: string): string =>
    `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;

  test.each([
    ['without a digest', ''],
    ['with an empty digest', '?digest='],
    ['with a digest that is none', '?digest=sha256:xyz'],
    ['with another digest than its bytes have', `?digest=sha256:${'a'.repeat(64)}`],
    ['with a digest of another algorithm', `?digest=md5:${'a'.repeat(32)}`],
  ])('is not completed %s', async (_, query) => {
    const answer = await send({ method: 'PUT', path: (await begin()) + query, body: bytes });
    expect(refusal(answer)).toEqual({ status: 400, code: 'DIGEST_INVALID' });
  });

  test.each([
    ['a gap', '5000-14999', 416, 'RANGE_INVALID'],
    ['words', 'all of it', 400, 'BLOB_UPLOAD_INVALID'],
    ['its end before its start', '10-5', 400, 'BLOB_UPLOAD_INVALID'],
    ['another length than the body', '0-20', 400, 'BLOB_UPLOAD_INVALID'],
    ['a number beyond all', `0-${'9'.repeat(40)}`, 400, 'BLOB_UPLOAD_INVALID'],
  ])('takes no chunk with %s as its range', async (_, range, status, code) => {
    const location = await begin();
    const answer = await send({
      method: 'PATCH',
      path: location,
      headers: { 'Content-Range': range },
      body: bytes,
    });
    expect(refusal(answer)).toEqual({ status, code });
    expect((await send({ method: 'PUT', path: end(location, digestOf(bytes)), body: bytes })).status).toBe(
      201,
    );
  });

  test('that is cut goes on where the registry says', async () => {
    const location = await begin();
    await cutUpload(location, bytes, 4_000);
    // The registry notices the cut by itself; until then the first writer holds the upload.
    const offset = await waitUntil(async () => {
      const start = await offsetOf(location);
      const headers = { 'Content-Range': `${start}-${bytes.length - 1}` };
      const answer = await send({ method: 'PATCH', path: location, headers, body: bytes.subarray(start) });
      return answer.status === 202 ? { start } : null;
    });
    expect(offset.start).toBeLessThanOrEqual(4_000);
    expect((await send({ method: 'PUT', path: end(location, digestOf(bytes)) })).status).toBe(201);
    expect((await send({ path: `/v2/acme/web/blobs/${digestOf(bytes)}` })).body).toBe(
      bytes.toString('latin1'),
    );
  });

  test('that is slow keeps nobody else waiting', async () => {
    const location = await begin();
    const slow = connect(product.port, '127.0.0.1');
    slow.on('error', () => undefined);
    slow.write(uploadHead(location, 1_000_000));
    const timer = setInterval(() => slow.write('x'), 50);
    for (let other = 0; other < 10; other += 1) {
      const content = randomBytes(1_000);
      const answer = await send({
        method: 'PUT',
        path: end(await begin(), digestOf(content)),
        body: content,
      });
      expect(answer.status).toBe(201);
    }
    clearInterval(timer);
    slow.destroy();
  });

  test('of a body in broken chunks is refused or cut off, and the next is well', async () => {
    const headers = { 'Transfer-Encoding': 'chunked' };
    const broken = await send({
      method: 'PATCH',
      path: await begin(),
      headers,
      body: 'zz\r\nnot a chunk\r\n',
    });
    expect([0, 400]).toContain(broken.status);
    const location = await begin();
    expect((await send({ method: 'PUT', path: end(location, digestOf(bytes)), body: bytes })).status).toBe(
      201,
    );
  });
});

function uploadHead(location: string, length: number): string {
  const lines = ['Host: 127.0.0.1', `Authorization: ${authorization}`, `Content-Length: ${length}`];
  return `PATCH ${location} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Announces all bytes, sends some, and cuts the connection. */
function cutUpload(location: string, bytes: Buffer, sent: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(product.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.write(uploadHead(location, bytes.length));
    socket.write(bytes.subarray(0, sent), () => setTimeout(() => socket.destroy(), 100));
  });
}
