import { expect, test } from '@jest/globals';
import { createSmallObjects, SMALL_BYTES } from '../s3/s3-small-objects.ts';

const KEY = 'blobs/ab/x';
const bytes = Buffer.from('small');

function smallObjects(stored: () => Buffer | Error = () => bytes) {
  const reads: string[] = [];
  const small = createSmallObjects(async (key) => {
    reads.push(key);
    const found = stored();
    if (found instanceof Error) throw found;
    return found;
  });
  return { small, reads };
}

test('What was written is given without reading it, as it was then', async () => {
  const { small, reads } = smallObjects();
  const written = Buffer.from('small');
  small.hold(KEY, written);
  written.fill('x');
  expect(Buffer.from(await small.get(KEY, 5)).toString()).toBe('small');
  expect(reads).toEqual([]);
});

test('What was not is read once, also for many at once', async () => {
  const { small, reads } = smallObjects();
  const all = await Promise.all(Array.from({ length: 10 }, () => small.get(KEY, 5)));
  expect(all.every((one) => bytes.equals(one))).toBe(true);
  await small.get(KEY, 5);
  expect(reads).toEqual([KEY]);
});

test.each([
  [
    'of another length',
    (small: ReturnType<typeof createSmallObjects>) => small.hold(KEY, Buffer.from('sma')),
  ],
  [
    'too large to be held',
    (small: ReturnType<typeof createSmallObjects>) => small.hold(KEY, Buffer.alloc(SMALL_BYTES + 1)),
  ],
  [
    'that was dropped',
    (small: ReturnType<typeof createSmallObjects>) => {
      small.hold(KEY, bytes);
      small.drop(KEY);
    },
  ],
])('One %s is read', async (_, prepare) => {
  const { small, reads } = smallObjects();
  prepare(small);
  expect(Buffer.from(await small.get(KEY, 5))).toEqual(bytes);
  expect(reads).toEqual([KEY]);
});

test('A failure is told, and not kept', async () => {
  let stored: Buffer | Error = new Error('S3 is away');
  const { small } = smallObjects(() => stored);
  await expect(small.get(KEY, 5)).rejects.toThrow('S3 is away');
  stored = bytes;
  expect(Buffer.from(await small.get(KEY, 5))).toEqual(bytes);
});
