import { randomUUID } from 'node:crypto';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasS3, startS3, type TestS3 } from '@berth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BlobStore } from '../index.ts';
import { S3BlobStore } from '../s3/s3-blob-store.ts';
import { connectS3, DEFAULT_PATIENCE, type S3Patience } from '../s3/s3-connection.ts';
import { uploadPart } from '../s3/s3-multipart.ts';
import { parseS3Url } from '../s3/s3-url.ts';
import { sampleBytes, summaryOf, summaryOfBytes } from '../testing/sample-bytes.ts';
import { storeBlob, storePartly } from '../testing/store-blob.ts';
import { type FaultyProxy, type SeenRequest, startFaultyProxy } from './faulty-proxy.ts';

const MIB = 1024 * 1024;
const KEY = 'blobs/ab/x';
/** Short, so that a test waits for nothing. */
const IMPATIENT: S3Patience = { ...DEFAULT_PATIENCE, answerMs: 300, totalMs: 2_000, attempts: 2 };

let s3: TestS3;
let proxy: FaultyProxy;
const opened: BlobStore[] = [];

function open(patience: S3Patience = DEFAULT_PATIENCE, prefix: string = randomUUID()): BlobStore {
  const store = new S3BlobStore({
    place: parseS3Url(s3.storageUrl(prefix, { endpoint: proxy.endpoint })),
    redirect: 'never',
    clock: () => 0,
    newId: randomUUID,
    patience,
  });
  opened.push(store);
  return store;
}

const isPart = ({ path }: SeenRequest) => path.includes('partNumber=');
const isBlob = ({ path }: SeenRequest) => path.includes(KEY) && !path.includes('.tails');

(hasS3() ? describe : describe.skip)('S3 in trouble', () => {
  beforeAll(async () => {
    s3 = await startS3();
    Object.assign(process.env, s3.credentials);
  });
  afterAll(() => s3?.stop());
  beforeEach(async () => {
    proxy = await startFaultyProxy(s3.endpoint);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await proxy.stop();
  });

  test.each([
    { what: '503 SlowDown', fault: { status: 503, code: 'SlowDown' } },
    { what: '500 InternalError', fault: { status: 500, code: 'InternalError' } },
    { what: '409 ConditionalRequestConflict', fault: { status: 409, code: 'ConditionalRequestConflict' } },
    { what: '409 OperationAborted', fault: { status: 409, code: 'OperationAborted' } },
    { what: '409 of a race in versitygw', fault: { status: 409, code: 'ExistingObjectIsDirectory' } },
    { what: 'a connection cut in the request', fault: 'cut' },
    { what: 'a connection cut before the answer', fault: 'cut-answer' },
  ] as const)('$what to the first attempt of every write costs nothing but time', async ({ fault }) => {
    const store = open();
    proxy.fault = ({ method, times }) => (method === 'PUT' && times === 1 ? fault : null);
    const bytes = sampleBytes(11 * MIB + 5);
    await storeBlob(store, KEY, bytes);
    await storeBlob(store, `${KEY}.small`, bytes.subarray(0, 1_000));
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
    expect(await summaryOf(await store.read(`${KEY}.small`))).toEqual(
      summaryOfBytes(bytes.subarray(0, 1_000)),
    );
    const parts = proxy.seen.filter(isPart);
    expect(parts.some(({ times }) => times === 2)).toBe(true);
  });

  test('a Complete whose answer was lost is found done', async () => {
    const store = open();
    proxy.fault = ({ method, path, times }) =>
      method === 'POST' && path.includes('uploadId=') && times === 1 ? 'cut-answer' : null;
    const bytes = sampleBytes(6 * MIB);
    await storeBlob(store, KEY, bytes);
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
  });

  test.each([
    { what: 'an append', sizeBytes: 12 * MIB },
    { what: 'a flush', sizeBytes: 1_000 },
  ])('a refusal that stays is UNAVAILABLE for $what, and ends the writer', async ({ sizeBytes }) => {
    // Patient: a beginning that is given up too early may leave one behind in S3, which is the sweep's.
    const store = open({ ...DEFAULT_PATIENCE, attempts: 2 });
    const writer = await store.create(KEY);
    proxy.fault = ({ method }) => (method === 'PUT' ? { status: 503, code: 'SlowDown' } : null);
    const refused = {
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/blobs\/ab\/x.*503 SlowDown after 2 attempts/),
    };
    const write = async () => {
      for (let at = 0; at < sizeBytes; at += MIB) await writer.append(sampleBytes(Math.min(MIB, sizeBytes)));
      await writer.flush();
    };
    await expect(write()).rejects.toMatchObject(refused);
    proxy.fault = () => null;
    await expect(writer.append(Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(writer.flush()).rejects.toMatchObject(refused);
    await writer.close();
    const left = store.listUnfinished({ startedBefore: new Date(Date.now() + 60_000) });
    for await (const { key } of left) throw new Error(`${key} is left`);
  });

  test('a server that does not answer is UNAVAILABLE in bounded time', async () => {
    const store = open(IMPATIENT);
    proxy.fault = () => 'hang';
    const startedAt = performance.now();
    await expect(store.stat(KEY)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(KEY),
    });
    await expect(store.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('a server that is not there is UNAVAILABLE', async () => {
    const store = open(IMPATIENT);
    await proxy.stop();
    await expect(store.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a download whose connection breaks again and again goes on where it broke', async () => {
    const store = open();
    const bytes = sampleBytes(6 * MIB);
    await storeBlob(store, KEY, bytes);
    let answers = 0;
    proxy.fault = (request) => {
      if (request.method !== 'GET' || !isBlob(request) || answers === 5) return null;
      answers += 1;
      return { cutAfterBytes: MIB + answers };
    };
    expect(await summaryOf(await store.read(KEY))).toEqual(summaryOfBytes(bytes));
    expect(answers).toBe(5);
    const ranges = proxy.seen
      .filter((one) => one.method === 'GET' && isBlob(one))
      .map((one) => one.headers.range);
    expect(ranges.slice(0, 2)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-6291455$/)]);
    answers = 0;
    const range = { start: 10, end: 5 * MIB };
    expect(await summaryOf(await store.read(KEY, range))).toEqual(
      summaryOfBytes(bytes.subarray(range.start, range.end + 1)),
    );
  });

  test('a download that breaks without a byte is an error of the stream, never a short success', async () => {
    const store = open(IMPATIENT);
    await storeBlob(store, KEY, sampleBytes(MIB));
    proxy.fault = (request) =>
      request.method === 'GET' && isBlob(request) ? { cutAfterBytes: request.times === 1 ? 1_000 : 0 } : null;
    await expect(store.read(KEY).then(summaryOf)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('an object that was replaced while it was read is an error, not a mixture', async () => {
    const store = open();
    await storeBlob(store, KEY, sampleBytes(2 * MIB));
    proxy.fault = (request) =>
      request.method === 'GET' && isBlob(request) && request.times === 1 ? { cutAfterBytes: MIB } : null;
    const stream = await store.read(KEY);
    await store.remove(KEY);
    await storeBlob(store, KEY, sampleBytes(2 * MIB, 9));
    await expect(summaryOf(stream)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('changed'),
    });
  });

  test('a writer whose key was sealed by another copy fails, and the bytes stay', async () => {
    const prefix = randomUUID();
    const [late, other] = [open(IMPATIENT, prefix), open(DEFAULT_PATIENCE, prefix)];
    const bytes = sampleBytes(6 * MIB);
    const state = await storePartly(late, KEY, bytes);
    const writer = await late.resume(KEY, bytes.length, state);
    expect(await summaryOf(await other.readPartial(KEY, bytes.length, state))).toEqual(summaryOfBytes(bytes));
    const goOn = async () => {
      await writer.append(sampleBytes(11 * MIB, 7));
      await writer.flush();
    };
    await expect(goOn()).rejects.toMatchObject({
      code: expect.stringMatching(/^(STATE_INVALID|UNAVAILABLE)$/),
    });
    await writer.close();
    await other.complete(KEY, state);
    expect(await summaryOf(await other.read(KEY))).toEqual(summaryOfBytes(bytes));
  });

  test('a part that somebody replaced is never completed', async () => {
    const prefix = randomUUID();
    const store = open(DEFAULT_PATIENCE, prefix);
    const bytes = sampleBytes(6 * MIB);
    const state = await storePartly(store, KEY, bytes);
    const { uploadId } = state as { uploadId: string };
    const connection = connectS3(parseS3Url(s3.storageUrl(prefix)));
    await uploadPart(connection, { key: KEY, uploadId }, { number: 1, bytes: sampleBytes(5 * MIB, 3) });
    connection.close();
    await expect(store.complete(KEY, state)).rejects.toMatchObject({ message: expect.stringContaining(KEY) });
    await expect(store.stat(KEY)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
  });

  test('what comes back other than it was stored is noticed', async () => {
    const prefix = randomUUID();
    const store = open(DEFAULT_PATIENCE, prefix);
    const bytes = sampleBytes(100_000);
    await storeBlob(store, KEY, bytes);
    const file = await openFile(join(s3.folder, prefix, KEY), 'r+');
    await file.write(Buffer.from([1, 2, 3]), 0, 3, 500);
    await file.close();
    await expect(store.read(KEY).then(summaryOf)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
