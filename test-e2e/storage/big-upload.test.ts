import { createHash } from 'node:crypto';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { startS3, type TestS3, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type RawAnswer, rawRequest } from '../hostile/raw-request.ts';
import { type BerthProduct, type ProductProcess, startBerthProduct } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { processMemory } from '../support/process-memory.ts';
import { settings } from '../support/settings.ts';
import { fetchToken } from '../support/small-image.ts';

const MIB = 1024 * 1024;
const SIZE_BYTES = settings.bigUploadMib * MIB;
const MEMORY_LIMIT_BYTES = 250e6;
const REPOSITORY = 'acme/big';
const UPLOADS = `/v2/${REPOSITORY}/blobs/uploads/`;
const PIECE = Buffer.alloc(4 * MIB);
/** How much may be sent again: what was not recorded yet, and what was on its way when the copy died. */
const LOST_BYTES_AT_MOST = 192 * MIB;

jest.setTimeout(120_000 + settings.bigUploadMib * 200);

describeWith({ programs: ['versitygw'] }, `an upload of ${settings.bigUploadMib} MiB to S3`, () => {
  let s3: TestS3;
  let product: BerthProduct;
  let client: RegistryClient;
  let authorization: string;

  beforeAll(async () => {
    s3 = await startS3();
    product = await startBerthProduct({
      env: {
        ...s3.credentials,
        BERTH_STORAGE_URL: s3.storageUrl('berth'),
        BERTH_SCALE: 'distribution-api=2',
        BERTH_UPLOAD_LEASE: '1s',
      },
    });
    await product.createRegistry('acme');
    const { origin: url, username, password } = product;
    client = createRegistryClient({ url, credentials: { username, password } });
    authorization = `Bearer ${await fetchToken(product, `repository:${REPOSITORY}:pull,push`)}`;
  });

  afterAll(async () => {
    await client?.close();
    await product?.stop();
    await s3?.stop();
  });

  const copy = (number: 1 | 2): Promise<ProductProcess> =>
    product.process(number === 1 ? 'distribution-api' : 'distribution-api-2');

  async function ask(number: 1 | 2, method: string, path: string): Promise<RawAnswer> {
    return await rawRequest((await copy(number)).port, {
      method,
      path,
      headers: { Authorization: authorization },
    });
  }

  /** Zeros from `start` to `end`, and what to do when so many bytes have been handed over. */
  async function send(
    number: 1 | 2,
    location: string,
    { start, end, onSent }: { start: number; end: number; onSent?: (position: number) => void },
  ): Promise<number> {
    const body = async function* () {
      for (let at = start; at < end; at += PIECE.length) {
        onSent?.(at);
        yield new Uint8Array(PIECE.subarray(0, Math.min(PIECE.length, end - at)));
      }
    };
    const answer = await fetch(`http://127.0.0.1:${(await copy(number)).port}${location}`, {
      method: 'PATCH',
      headers: { authorization, 'content-range': `${start}-${end - 1}` },
      body: ReadableStream.from(body()),
      duplex: 'half',
    } as RequestInit);
    await answer.text();
    return answer.status;
  }

  test('whose copy is killed at 60 % goes on from there at another, and no process grows beyond 250 MB', async () => {
    const began = await ask(1, 'POST', UPLOADS);
    const location = String(began.headers.location);
    const peaks = new Map<string, number>();
    const note = async () => {
      for (const { name, pid } of await product.processes())
        peaks.set(name, Math.max(peaks.get(name) ?? 0, (await processMemory(pid)).peakBytes));
    };

    const killed = await copy(1);
    const killAt = SIZE_BYTES * 0.6;
    let isKilled = false;
    const onSent = (position: number) => {
      if (isKilled || position < killAt) return;
      isKilled = true;
      void note().then(() => process.kill(killed.pid, 'SIGKILL'));
    };
    await expect(send(1, location, { start: 0, end: SIZE_BYTES, onSent })).rejects.toThrow();

    const offset = async (): Promise<number> => {
      const { status, headers } = await ask(2, 'GET', location);
      expect(status).toBe(204);
      return Number(String(headers.range).slice(2)) + 1;
    };
    const at = await offset();
    expect(at).toBeGreaterThan(killAt - LOST_BYTES_AT_MOST);
    const goOn = async () => (await send(2, location, { start: at, end: SIZE_BYTES })) === 202;
    await waitUntil(goOn, {
      timeoutMs: 60_000 + settings.bigUploadMib * 100,
      what: 'the other copy to go on',
    });
    const hash = createHash('sha256');
    for (let sent = 0; sent < SIZE_BYTES; sent += PIECE.length)
      hash.update(PIECE.subarray(0, Math.min(PIECE.length, SIZE_BYTES - sent)));
    const digest = `sha256:${hash.digest('hex')}`;
    // S3 may have to put the parts together.
    const end = `http://127.0.0.1:${(await copy(2)).port}${location}?digest=${digest}`;
    expect((await fetch(end, { method: 'PUT', headers: { authorization } })).status).toBe(201);
    expect(await client.blobs.head(REPOSITORY, digest)).toEqual({ sizeBytes: SIZE_BYTES });
    await note();
    expect([...peaks].filter(([, bytes]) => bytes >= MEMORY_LIMIT_BYTES)).toEqual([]);
    process.stdout.write(
      `${[...peaks].map(([name, bytes]) => `${name} ${Math.round(bytes / 1e6)} MB`).join(', ')}; went on at ${((at / SIZE_BYTES) * 100).toFixed(1)} %\n`,
    );
  });
});
