import { randomUUID } from 'node:crypto';
import { hasS3, startS3, type TestS3 } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BlobStore, openBlobStore, type RedirectPolicy } from '../index.ts';
import { S3BlobStore } from '../s3/s3-blob-store.ts';
import { parseS3Url } from '../s3/s3-url.ts';
import { sampleBytes } from '../testing/sample-bytes.ts';
import { storeBlob } from '../testing/store-blob.ts';
import { startFaultyProxy } from './faulty-proxy.ts';

const KEY = 'blobs/ab/x';
const WRONG = { AWS_SECRET_ACCESS_KEY: 'a-secret' };
const KEYS = { AWS_ACCESS_KEY_ID: 'an-id', AWS_SECRET_ACCESS_KEY: 'a-secret' };

function unopened(url: string, redirect: RedirectPolicy): BlobStore {
  return new S3BlobStore({ place: parseS3Url(url), redirect, clock: () => 0, newId: randomUUID });
}

async function locate(url: string, redirect: RedirectPolicy, registryHost?: string): Promise<URL | null> {
  Object.assign(process.env, KEYS);
  const store = unopened(url, redirect);
  const location = await store.locate(KEY, { method: 'GET', registryHost });
  expect(await store.locate(KEY, { method: 'HEAD', registryHost })).toBeNull();
  await store.close();
  return location?.kind === 'redirect' ? new URL(location.url) : null;
}

describe('where clients are sent', () => {
  const own = 's3://berth?region=eu-west-1&endpoint=http://10.0.0.1:9000';
  const both = `${own}&publicEndpoint=https://s3.example.com`;
  test.each([
    { redirect: 'auto', url: 's3://berth?region=eu-west-1', host: 'berth.example.com', sent: true },
    { redirect: 'auto', url: own, host: 'berth.example.com', sent: false },
    { redirect: 'auto', url: both, host: 'berth.example.com', sent: true },
    { redirect: 'auto', url: both, host: 'example.com', sent: false },
    { redirect: 'auto', url: both, host: 'berth.s3.example.com', sent: false },
    { redirect: 'auto', url: both, host: 'ample.com', sent: true },
    { redirect: 'auto', url: both, host: undefined, sent: false },
    { redirect: 'always', url: own, host: 'berth.example.com', sent: true },
    { redirect: 'always', url: both, host: 'example.com', sent: true },
    { redirect: 'never', url: 's3://berth?region=eu-west-1', host: 'berth.example.com', sent: false },
    { redirect: 'never', url: both, host: 'berth.example.com', sent: false },
  ] as const)('$redirect, $url, from $host: $sent', async ({ redirect, url, host, sent }) => {
    expect((await locate(url, redirect, host)) !== null).toBe(sent);
  });

  test.each([
    {
      url: 's3://berth/p?region=eu-west-1',
      origin: 'https://berth.s3.eu-west-1.amazonaws.com',
      path: `/p/${KEY}`,
    },
    {
      url: 's3://berth/p?region=eu-west-1&pathStyle=true',
      origin: 'https://s3.eu-west-1.amazonaws.com',
      path: `/berth/p/${KEY}`,
    },
    { url: `${both}`, origin: 'https://berth.s3.example.com', path: `/${KEY}` },
    { url: `${both}&pathStyle=true`, origin: 'https://s3.example.com', path: `/berth/${KEY}` },
  ])('$url is addressed as $origin$path', async ({ url, origin, path }) => {
    const found = await locate(url, 'always');
    expect([found?.origin, found?.pathname]).toEqual([origin, path]);
    expect(Number(found?.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(900);
  });
});

test('a session token goes along with every request, and into presigned URLs', async () => {
  const proxy = await startFaultyProxy('http://127.0.0.1:9');
  proxy.fault = () => ({ status: 404, code: 'NoSuchKey' });
  Object.assign(process.env, KEYS, { AWS_SESSION_TOKEN: 'a-token' });
  try {
    const url = `s3://berth?endpoint=${proxy.endpoint}&pathStyle=true`;
    const store = unopened(url, 'always');
    await expect(store.stat(KEY)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    expect(proxy.seen.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['a-token']);
    const location = await store.locate(KEY, { method: 'GET' });
    expect(location).toMatchObject({ url: expect.stringContaining('X-Amz-Security-Token=a-token') });
    await store.close();
  } finally {
    delete process.env.AWS_SESSION_TOKEN;
    await proxy.stop();
  }
});

(hasS3() ? describe : describe.skip)('a presigned URL', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3?.stop());

  test('reads the blob without credentials, whole and in ranges, and nothing without its signature', async () => {
    Object.assign(process.env, s3.credentials);
    const store = await openBlobStore({ url: s3.storageUrl('signed'), redirect: 'always' });
    const bytes = sampleBytes(100_000);
    await storeBlob(store, KEY, bytes);
    const location = await store.locate(KEY, { method: 'GET' });
    const url = location?.kind === 'redirect' ? location.url : '';
    const whole = await fetch(url);
    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    expect((await fetch(url.split('?', 1)[0] ?? '')).status).toBe(403);
    await store.close();
  });

  test.each([
    {
      what: 'a bucket that is not there',
      change: (url: string) => url.replace(s3.bucket, 'no-such-bucket'),
      says: /bucket "no-such-bucket" at http:\/\/127\.0\.0\.1:\d+\) answers 404 NoSuchBucket: .*make it/,
    },
    {
      what: 'a wrong key',
      change: (url: string) => url,
      says: /answers 403 SignatureDoesNotMatch: .*AWS_SECRET_ACCESS_KEY/,
    },
  ])(
    '$what is UNAVAILABLE when the store is opened, and says so without a secret',
    async ({ what, change, says }) => {
      Object.assign(process.env, s3.credentials, what === 'a wrong key' && WRONG);
      const opening = openBlobStore({ url: change(s3.storageUrl()) });
      await expect(opening).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(says),
      });
      await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
    },
  );

  test('a server that is not there is named with the bucket', async () => {
    Object.assign(process.env, s3.credentials);
    await s3.kill();
    await expect(openBlobStore({ url: s3.storageUrl() })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(`bucket "${s3.bucket}" at ${s3.endpoint}\\): .*ECONNREFUSED`),
    });
    await s3.restart();
  });
});
