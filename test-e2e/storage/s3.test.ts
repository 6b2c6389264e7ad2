import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestOf } from '@berth/oci';
import { startS3, type TestS3, temporaryFolder, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ArtifactClients, loggedInClients } from '../artifacts/artifact-clients.ts';
import { type RawAnswer, rawRequest } from '../hostile/raw-request.ts';
import { writeBigLayout } from '../images/write-big-layout.ts';
import { type BerthProduct, type ProductProcess, startBerthProduct } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { pause } from '../support/pause.ts';
import { processMemory } from '../support/process-memory.ts';
import { fetchToken } from '../support/small-image.ts';

const MIB = 1024 * 1024;
const REPOSITORY = 'acme/web';
const MEMORY_LIMIT_BYTES = 250e6;

describeWith({ programs: ['versitygw', 'crane'] }, 'the whole product on S3, two copies', () => {
  let s3: TestS3;
  let product: BerthProduct;
  let clients: ArtifactClients;
  let authorization: string;

  beforeAll(async () => {
    s3 = await startS3();
    product = await startBerthProduct({
      env: {
        ...s3.credentials,
        BERTH_STORAGE_URL: s3.storageUrl('berth', { publicEndpoint: `http://localhost:${s3.port}` }),
        BERTH_SCALE: 'distribution-api=2',
        BERTH_UPLOAD_LEASE: '1s',
      },
    });
    await product.createRegistry('acme');
    authorization = `Bearer ${await fetchToken(product, `repository:${REPOSITORY}:pull,push,delete`)}`;
    clients = await loggedInClients(product, await temporaryFolder());
  });

  afterAll(async () => {
    await product?.stop();
    await s3?.stop();
  });

  const copy = (number: 1 | 2): Promise<ProductProcess> =>
    product.process(number === 1 ? 'distribution-api' : 'distribution-api-2');

  async function ask(
    number: 1 | 2,
    method: string,
    path: string,
    body?: Buffer,
    start?: number,
  ): Promise<RawAnswer> {
    const range = body && start !== undefined && { 'Content-Range': `${start}-${start + body.length - 1}` };
    return await rawRequest((await copy(number)).port, {
      ...{ method, path },
      headers: { Authorization: authorization, ...range },
      ...(body && { body }),
    });
  }

  async function begin(): Promise<string> {
    const answer = await ask(1, 'POST', `/v2/${REPOSITORY}/blobs/uploads/`);
    expect(answer.status).toBe(202);
    return String(answer.headers.location);
  }

  /** Through the gateway, following where it sends. */
  async function expectStored(bytes: Buffer): Promise<void> {
    const url = `${product.origin}/v2/${REPOSITORY}/blobs/${digestOf(bytes)}`;
    const answer = await fetch(url, { headers: { authorization } });
    expect(answer.status).toBe(200);
    expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digestOf(bytes));
  }

  test('an image with a layer of 50 MiB is pushed and pulled by crane, byte for byte', async () => {
    const layout = join(clients.folder, 'layered');
    const digest = await writeBigLayout(layout, 50 * MIB);
    const reference = `${product.host}/acme/layered:1.0`;
    await clients.crane('push', '--insecure', layout, reference);
    await rm(layout, { recursive: true });
    const pulled = join(clients.folder, 'layered-out');
    await clients.crane('pull', '--insecure', '--format', 'oci', reference, pulled);
    const layer = join(pulled, 'blobs', 'sha256', digest.slice(7));
    expect((await stat(layer)).size).toBe(50 * MIB);
    const hash = createHash('sha256');
    await pipeline(createReadStream(layer), hash);
    expect(`sha256:${hash.digest('hex')}`).toBe(digest);
  });

  test('a GET is sent to S3, a HEAD is answered, and so is a GET of what is small', async () => {
    const bytes = randomBytes(100_000);
    const push = `${await begin()}?digest=${digestOf(bytes)}`;
    expect((await ask(1, 'PUT', push, bytes)).status).toBe(201);
    const path = `/v2/${REPOSITORY}/blobs/${digestOf(bytes)}`;
    const answer = await rawRequest(product.port, { path, headers: { Authorization: authorization } });
    expect(answer.status).toBe(307);
    expect(String(answer.headers.location)).toMatch(/^http:\/\/localhost:\d+\/.*X-Amz-Signature=/);
    const head = await ask(2, 'HEAD', path);
    expect([head.status, head.headers['content-length']]).toEqual([200, '100000']);
    const small = bytes.subarray(0, 1_000);
    expect((await ask(1, 'PUT', `${await begin()}?digest=${digestOf(small)}`, small)).status).toBe(201);
    for (const copy of [1, 2] as const) {
      const given = await ask(copy, 'GET', `/v2/${REPOSITORY}/blobs/${digestOf(small)}`);
      expect([given.status, given.headers['content-length']]).toEqual([200, '1000']);
    }
  });

  test('an upload begun at one copy goes on at the other and ends at the first', async () => {
    const bytes = randomBytes(23 * MIB);
    const location = await begin();
    const steps = [0, 7, 15, 16, 23].map((mib) => mib * MIB);
    for (const [index, number] of ([1, 2, 2, 1] as const).entries()) {
      const [start, end] = [steps[index] ?? 0, steps[index + 1] ?? 0];
      expect((await ask(number, 'PATCH', location, bytes.subarray(start, end), start)).status).toBe(202);
    }
    expect((await ask(2, 'PUT', `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    await expectStored(bytes);
  });

  test('an upload whose copy is killed in the middle of a body goes on from the last record at the other', async () => {
    const bytes = randomBytes(60 * MIB);
    const location = await begin();
    expect((await ask(1, 'PATCH', location, bytes.subarray(0, 1_000), 0)).status).toBe(202);
    const killed = await copy(1);
    const end = new AbortController();
    const sending = sendSlowly(killed, location, { bytes: bytes.subarray(0, 40 * MIB), signal: end.signal });
    const offset = async (): Promise<number> => {
      const { range = '0-0' } = (await ask(2, 'GET', location)).headers;
      return Number(String(range).slice(2)) + 1;
    };
    await waitUntil(async () => (await offset()) > 20 * MIB, { what: 'a record' });
    process.kill(killed.pid, 'SIGKILL');
    end.abort();
    await sending.catch(() => undefined);
    const at = await offset();
    const goesOn = async () => (await ask(2, 'PATCH', location, bytes.subarray(at), at)).status === 202;
    await waitUntil(goesOn, { what: 'the other copy to go on' });
    expect((await ask(2, 'PUT', `${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    await expectStored(bytes);
    await product.waitReady();
  });

  test('S3 away for a while: refusals, then all as before without a restart', async () => {
    const before = (await product.processes()).map(({ pid }) => pid);
    await s3.kill();
    const body = randomBytes(1_000);
    const refused = await ask(2, 'PUT', `${await begin()}?digest=${digestOf(body)}`, body);
    expect(refused.status).toBe(503);
    await s3.restart();
    const push = async () =>
      (await ask(2, 'PUT', `${await begin()}?digest=${digestOf(body)}`, body)).status === 201;
    await waitUntil(push, { what: 'a push' });
    await expectStored(body);
    expect((await product.processes()).map(({ pid }) => pid)).toEqual(before);
  });

  test('and no process held more than 250 MB', async () => {
    const peaks = (await product.processes()).map(async ({ name, pid }) => {
      const { peakBytes } = await processMemory(pid);
      return peakBytes < MEMORY_LIMIT_BYTES ? [] : [`${name}: ${Math.round(peakBytes / 1e6)} MB`];
    });
    expect((await Promise.all(peaks)).flat()).toEqual([]);
  });

  /** A PATCH from byte 1,000 on, 4 MiB at a time as a slow line brings them, that never ends by itself. */
  async function sendSlowly(
    { port }: ProductProcess,
    location: string,
    { bytes, signal }: { readonly bytes: Buffer; readonly signal: AbortSignal },
  ): Promise<void> {
    const body = async function* () {
      for (let at = 1_000; at < bytes.length; at += 4 * MIB) {
        yield new Uint8Array(bytes.subarray(at, at + 4 * MIB));
        await pause(200);
      }
      if (!signal.aborted) await once(signal, 'abort');
    };
    await fetch(`http://127.0.0.1:${port}${location}`, {
      method: 'PATCH',
      headers: { authorization, 'content-range': `1000-${bytes.length}` },
      body: ReadableStream.from(body()),
      duplex: 'half',
      signal,
    } as RequestInit);
  }
});
