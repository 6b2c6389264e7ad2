import { describe, expect, test } from '@jest/globals';
import { createByteBudget } from '../s3/byte-budget.ts';
import { packParts, unpackParts } from '../s3/part-list.ts';
import { MOST_PARTS, partSize, SMALLEST_PART_BYTES } from '../s3/part-size.ts';
import { formatS3State, parseS3State } from '../s3/s3-state.ts';
import { sampleBytes } from '../testing/sample-bytes.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const part = (seed: number, hasCrc: boolean) => ({
  etag: sampleBytes(16, (seed % 250) + 1).toString('hex'),
  ...(hasCrc && { crc32: sampleBytes(4, (seed % 250) + 1).toString('base64') }),
});

describe('the sizes of parts', () => {
  test.each([
    { number: 1, sizeBytes: 5 * MIB },
    { number: 1_100, sizeBytes: 5 * MIB },
    { number: 1_101, sizeBytes: 10 * MIB },
    { number: 2_050, sizeBytes: 10 * MIB },
    { number: 2_051, sizeBytes: 20 * MIB },
    { number: 9_650, sizeBytes: 2_560 * MIB },
    { number: 9_651, sizeBytes: 5 * GIB },
    { number: 10_000, sizeBytes: 5 * GIB },
  ])('part $number has $sizeBytes bytes', ({ number, sizeBytes }) => {
    expect(partSize(number)).toBe(sizeBytes);
  });

  test('10,000 of them hold 5 TiB, none is larger than S3 takes, none smaller', () => {
    const sizes = Array.from({ length: MOST_PARTS }, (_, index) => partSize(index + 1));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(5 * 1024 * GIB);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5 * GIB);
    expect(Math.min(...sizes)).toBe(SMALLEST_PART_BYTES);
  });
});

describe('parts in a state', () => {
  test.each([
    { what: 'with MD5 and CRC-32', parts: [part(1, true), part(2, true)], kind: 'string' },
    { what: 'with MD5 alone', parts: [part(1, false), part(2, false)], kind: 'string' },
    {
      what: 'with other ETags',
      parts: [{ etag: 'opaque-1' }, { etag: 'x', crc32: 'AAAAAA==' }],
      kind: 'object',
    },
    { what: 'with checksums for some', parts: [part(1, true), part(2, false)], kind: 'object' },
    { what: 'none', parts: [], kind: 'string' },
  ])('$what come back as they were', ({ parts, kind }) => {
    const packed = packParts(parts);
    expect(typeof packed).toBe(kind);
    expect(unpackParts(JSON.parse(JSON.stringify(packed)))).toEqual(parts);
  });

  test('10,000 of them fit into a document', () => {
    const parts = Array.from({ length: MOST_PARTS }, (_, index) => part(index, true));
    const state = {
      ...{ sizeBytes: 5 * 1024 * GIB, isWhole: false, uploadId: 'u'.repeat(120), parts },
      ...{ tailBytes: 1, staleTailEnd: 7 },
    };
    const text = JSON.stringify(formatS3State(state));
    expect(text.length).toBeLessThan(270_000);
    expect(parseS3State(JSON.parse(text), 'blobs/ab/x')).toEqual(state);
  });

  test.each([
    null,
    7,
    'c:AAAA',
    { sizeBytes: 1.5 },
    { sizeBytes: 5 },
    { sizeBytes: 5, isWhole: 'yes' },
    { sizeBytes: 5, isWhole: true, tailBytes: 5 },
    { sizeBytes: 5, tailBytes: 6 },
    { sizeBytes: 5, uploadId: '', parts: 'm:' },
    { sizeBytes: 5, uploadId: 'u' },
    { sizeBytes: 5, parts: 'm:AAAAAAAAAAAAAAAAAAAAAA==' },
    { sizeBytes: 5, uploadId: 'u', parts: 'm:AAAA' },
    { sizeBytes: 5, uploadId: 'u', parts: [[1]] },
    { sizeBytes: 5, uploadId: 'u', parts: 'x:AAAA' },
    { sizeBytes: 5, tailBytes: 5, staleTailEnd: -1 },
  ])('%j is no state', (value) => {
    expect(() => parseS3State(value, 'blobs/ab/x')).toThrow('blobs/ab/x');
  });
});

describe('a byte budget', () => {
  test('is given in the order of asking, and what waits starts when something comes back', async () => {
    const budget = createByteBudget(10);
    const order: string[] = [];
    const first = await budget.take(6);
    const second = budget.take(5).then((give) => {
      order.push('second');
      return give;
    });
    const third = budget.take(1).then((give) => {
      order.push('third');
      return give;
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    first();
    first();
    (await second)();
    (await third)();
    expect(order).toEqual(['second', 'third']);
    (await budget.take(10))();
  });

  test('more than the whole is given when nothing else is in use', async () => {
    const budget = createByteBudget(10);
    const give = await budget.take(100);
    let isTaken = false;
    const next = budget.take(1).then((free) => {
      isTaken = true;
      return free;
    });
    await Promise.resolve();
    expect(isTaken).toBe(false);
    give();
    (await next)();
  });
});
