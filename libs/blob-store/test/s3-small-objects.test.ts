import { expect, test } from '@jest/globals';
import { createSmallObjects, SMALL_BYTES, type SmallObjects } from '../s3/s3-small-objects.ts';

const KEY = 'blobs/ab/x';
const bytes = Buffer.from('small');

function smallObjects(stored: () => Uint8Array | Error = () => bytes) {
  const reads: string[] = [];
  const small = createSmallObjects(async (key) => {
    reads.push(key);
    const found = stored();
    if (found instanceof Error) throw found;
    return found;
  });
  return { small, reads };
}

test('What was written is given at once, as it was then', () => {
  const { small, reads } = smallObjects();
  const written = Buffer.from('small');
  small.hold(KEY, written);
  written.fill('x');
  expect(small.get(KEY, 5)).toEqual(new Uint8Array(bytes));
  expect(reads).toEqual([]);
});

test('What was not is read once, also for many at once', async () => {
  const { small, reads } = smallObjects();
  const all = await Promise.all(Array.from({ length: 10 }, () => small.get(KEY, 5)));
  expect(all.every((one) => bytes.equals(one))).toBe(true);
  expect(small.get(KEY, 5)).toEqual(new Uint8Array(bytes));
  expect(reads).toEqual([KEY]);
});

const large = new Uint8Array(SMALL_BYTES + 1);
test.each([
  {
    what: 'of another length',
    prepare: (small: SmallObjects) => small.hold(KEY, large.subarray(0, 3)),
    stored: bytes,
  },
  { what: 'too large to be held', prepare: (small: SmallObjects) => small.hold(KEY, large), stored: large },
  {
    what: 'that was dropped',
    prepare(small: SmallObjects) {
      small.hold(KEY, bytes);
      small.drop(KEY);
    },
    stored: bytes,
  },
])('One $what is read', async ({ prepare, stored }) => {
  const { small, reads } = smallObjects(() => stored);
  prepare(small);
  expect(await small.get(KEY, stored.byteLength)).toEqual(new Uint8Array(stored));
  expect(reads).toEqual([KEY]);
});

test('A failure is told, and not kept', async () => {
  let stored: Buffer | Error = new Error('S3 is away');
  const { small } = smallObjects(() => stored);
  await expect(small.get(KEY, 5)).rejects.toThrow('S3 is away');
  stored = bytes;
  expect(await small.get(KEY, 5)).toEqual(new Uint8Array(bytes));
});

test('Very many of a few bytes take no more memory than few of many', () => {
  const { small } = smallObjects();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 100_000; count += 1) {
    small.hold(`blobs/ab/${count}`, Buffer.from('{}'));
    Buffer.from('what else a server puts into the slabs that small buffers share'.repeat(20));
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  expect(small.get('blobs/ab/0', 2)).toBeInstanceOf(Promise);
  expect(small.get('blobs/ab/99999', 2)).toEqual(new Uint8Array(Buffer.from('{}')));
});
