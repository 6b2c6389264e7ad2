import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { digestOf } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ociCode, type RawAnswer, type RawRequest, rawRequest } from '../hostile/raw-request.ts';
import { type BerthProduct, type ProductProcess, startBerthProduct } from '../support/berth-product.ts';
import { fetchToken } from '../support/small-image.ts';

const UPLOADS = '/v2/acme/web/blobs/uploads/';
/** Short, so that a stalled writer loses its claim within the test. */
const LEASE = '1s';

describe('two copies of distribution-api', () => {
  const bytes = randomBytes(2_000_000);
  const half = bytes.length / 2;
  const digest = digestOf(bytes);
  let product: BerthProduct;
  let authorization: string;
  let one: ProductProcess;
  let other: ProductProcess;

  beforeAll(async () => {
    product = await startBerthProduct({
      env: { BERTH_SCALE: 'distribution-api=2', BERTH_UPLOAD_LEASE: LEASE },
    });
    await product.createRegistry('acme');
    authorization = `Bearer ${await fetchToken(product, 'repository:acme/web:pull,push,delete')}`;
    one = await product.process('distribution-api');
    other = await product.process('distribution-api-2');
  });

  afterAll(() => product?.stop());

  beforeEach(async () => {
    // Each test pushes the same bytes anew.
    await send(one, { method: 'DELETE', path: `/v2/acme/web/blobs/${digest}` });
  });

  const send = (copy: ProductProcess, request: RawRequest): Promise<RawAnswer> =>
    rawRequest(copy.port, { ...request, headers: { Authorization: authorization, ...request.headers } });

  const patch = (copy: ProductProcess, location: string, start: number, end: number): Promise<RawAnswer> =>
    send(copy, {
      method: 'PATCH',
      path: location,
      headers: { 'Content-Range': `${start}-${end - 1}` },
      body: bytes.subarray(start, end),
    });

  const finish = (copy: ProductProcess, location: string): Promise<RawAnswer> =>
    send(copy, { method: 'PUT', path: `${location}${location.includes('?') ? '&' : '?'}digest=${digest}` });

  async function begin(copy: ProductProcess): Promise<string> {
    const answer = await send(copy, { method: 'POST', path: UPLOADS });
    expect(answer.status).toBe(202);
    return String(answer.headers.location);
  }

  /** The blob reads as what was pushed, through the gateway. */
  async function expectStored(): Promise<void> {
    const headers = { Authorization: authorization };
    const answer = await rawRequest(product.port, { path: `/v2/acme/web/blobs/${digest}`, headers });
    expect(digestOf(Buffer.from(answer.body, 'latin1'))).toBe(digest);
  }

  /** Begins an upload of which the first bytes are recorded: who writes on has to claim it. */
  async function beginWith(copy: ProductProcess, sizeBytes: number): Promise<string> {
    const location = await begin(copy);
    expect((await patch(copy, location, 0, sizeBytes)).status).toBe(202);
    return location;
  }

  /** A PATCH from there up to the half that stands still after `sent` bytes. */
  function stall(copy: ProductProcess, location: string, start: number, sent: number): Socket {
    const socket = connect(copy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const head = [`PATCH ${location} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: ${authorization}`];
    const body = [`Content-Range: ${start}-${half - 1}`, `Content-Length: ${half - start}`];
    socket.write(`${[...head, ...body].join('\r\n')}\r\n\r\n`);
    socket.write(bytes.subarray(start, start + sent));
    return socket;
  }

  /** Resolves when somebody writes to the upload: a chunk that fits nowhere is refused for that reason then. */
  async function untilClaimed(copy: ProductProcess, location: string): Promise<void> {
    const refusal = async (): Promise<string> => (await patch(copy, location, 1, half)).body;
    await waitUntil(async () => (await refusal()).includes('another request is writing'));
  }

  /** Where an upload stands: how many bytes. An empty one says `0-0`, or nothing. */
  async function offsetOf(copy: ProductProcess, location: string): Promise<number> {
    const { range = '0-0' } = (await send(copy, { path: location })).headers;
    return range === '0-0' ? 0 : Number(range.slice(2)) + 1;
  }

  test('an upload begun at one goes on at the other, chunk by chunk, and ends at the first', async () => {
    const location = await begin(one);
    const step = bytes.length / 4;
    for (const [index, copy] of [other, one, one, other].entries()) {
      expect((await patch(copy, location, index * step, (index + 1) * step)).status).toBe(202);
    }
    const { status, headers } = await send(one, { path: location });
    expect({ status, range: headers.range }).toEqual({ status: 204, range: `0-${bytes.length - 1}` });
    expect((await finish(one, location)).status).toBe(201);
    await expectStored();
  });

  test('an answer that was lost is given again, by either', async () => {
    const location = await begin(one);
    expect((await patch(one, location, 0, bytes.length)).status).toBe(202);
    for (const copy of [one, other, one]) {
      const { status, headers } = await finish(copy, location);
      expect({ status, digest: headers['docker-content-digest'] }).toEqual({ status: 201, digest });
    }
    await expectStored();
  });

  test('a chunk whose answer was lost is told where the upload stands', async () => {
    const location = await begin(one);
    expect((await patch(one, location, 0, half)).status).toBe(202);
    const again = await patch(other, location, 0, half);
    const seen = { status: again.status, code: ociCode(again), range: again.headers.range };
    expect(seen).toEqual({ status: 416, code: 'RANGE_INVALID', range: `0-${half - 1}` });
    expect((await patch(other, location, half, bytes.length)).status).toBe(202);
    expect((await finish(one, location)).status).toBe(201);
    await expectStored();
  });

  test('while one writes the other is refused, and goes on when the first was cut', async () => {
    const location = await beginWith(one, 1_000);
    const first = stall(one, location, 1_000, 100_000);
    await untilClaimed(other, location);
    first.destroy();
    // What arrived before the cut counts: the registry says where to go on.
    const goOn = async (): Promise<{ at: number } | null> => {
      const at = await offsetOf(other, location);
      return (await patch(other, location, at, bytes.length)).status === 202 ? { at } : null;
    };
    expect((await waitUntil(goOn)).at).toBeLessThanOrEqual(101_000);
    expect((await finish(other, location)).status).toBe(201);
    await expectStored();
  });

  test('one that was stopped while it wrote, and wakes up when the other has gone on, spoils nothing', async () => {
    const location = await beginWith(one, 1_000);
    const first = stall(one, location, 1_000, 300_000);
    await untilClaimed(other, location);
    process.kill(one.pid, 'SIGSTOP');
    try {
      // Until the claim of the stopped copy has run out.
      const takesOver = async (): Promise<boolean> =>
        (await patch(other, location, 1_000, half)).status === 202;
      await waitUntil(takesOver);
    } finally {
      process.kill(one.pid, 'SIGCONT');
    }
    const isTold = new Promise((resolve) => first.once('close', resolve).once('data', resolve));
    first.write(Buffer.alloc(half - 301_000, 7));
    expect((await patch(other, location, half, bytes.length)).status).toBe(202);
    await isTold;
    first.destroy();
    expect((await finish(other, location)).status).toBe(201);
    await expectStored();
  });

  test('a first chunk that stands still where it began gives way to the other, and spoils nothing', async () => {
    const location = await begin(one);
    const first = stall(one, location, 0, 300_000);
    expect((await patch(other, location, 0, half)).status).toBe(202);
    const answer = new Promise<string>((resolve) => first.once('data', (data) => resolve(String(data))));
    first.write(bytes.subarray(300_000, half));
    expect(await answer).toContain(' 416 ');
    first.destroy();
    expect((await patch(one, location, half, bytes.length)).status).toBe(202);
    expect((await finish(other, location)).status).toBe(201);
    await expectStored();
  });

  test('of two that write the same upload at once, one wins and the bytes are whole', async () => {
    const location = await begin(one);
    const both = [one, other].map((copy) => patch(copy, location, 0, bytes.length));
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([202, 416]);
    expect((await finish(one, location)).status).toBe(201);
    await expectStored();
  });

  test('two uploads of one digest at once both succeed', async () => {
    const [first, second] = [await begin(one), await begin(other)];
    await Promise.all([patch(one, first, 0, bytes.length), patch(other, second, 0, bytes.length)]);
    const answers = await Promise.all([finish(other, first), finish(one, second)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    await expectStored();
  });
});
