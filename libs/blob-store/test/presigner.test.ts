import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { createPresigner } from '../s3/presigner.ts';

const BEGUN_AT = Date.UTC(2026, 0, 1);

test('a URL is given again for a tenth of its lifetime, to whoever asks for the same object', async () => {
  const credentials = { accessKeyId: 'an-id', secretAccessKey: 'a-secret' };
  const client = new S3Client({ region: 'eu-west-1', credentials });
  let now = BEGUN_AT;
  const sign = createPresigner(client, 'berth', () => now);
  const dateOf = (url: string) => new URL(url).searchParams.get('X-Amz-Date');

  const first = await sign('blobs/a', 300);
  expect(dateOf(first)).toBe('20260101T000000Z');
  now = BEGUN_AT + 30_000;
  expect(await sign('blobs/a', 300)).toBe(first);
  const other = await sign('blobs/b', 300);
  expect([dateOf(other), new URL(other).pathname]).toEqual(['20260101T000030Z', '/blobs/b']);
  expect(dateOf(await sign('blobs/a', 60))).toBe('20260101T000030Z');
  now = BEGUN_AT + 30_001;
  const anew = await sign('blobs/a', 300);
  expect(dateOf(anew)).toBe('20260101T000030Z');
  expect(anew).not.toBe(first);
  client.destroy();
});
