import { describe, expect, test } from '@jest/globals';
import { isRotationDue, PUBLISH_AFTER_MS, publishedAt, signingKeyAt } from '../signing-keys/key-schedule.ts';

const HOUR = 3_600_000;
const key = (generation: number, signsFrom: number) => ({ generation, signsFrom });
const generations = (keys: readonly { generation: number }[]) => keys.map(({ generation }) => generation);

describe('signing keys', () => {
  // Stored in no order.
  const keys = [key(2, 1_000), key(3, 2_000), key(1, 0)];

  test.each([
    [0, 1],
    [999, 1],
    [1_000, 2],
    [1_999, 2],
    [2_000, 3],
    [9_999, 3],
  ])('at %d it is number %d that signs', (now, generation) => {
    expect(signingKeyAt(keys, now)?.generation).toBe(generation);
  });

  test('a first key signs although clocks differ; without keys none does', () => {
    expect(signingKeyAt([key(1, 5_000)], 4_000)?.generation).toBe(1);
    expect(signingKeyAt([], 4_000)).toBeUndefined();
  });

  test.each([
    [0, [1, 2, 3]],
    [1_000 + PUBLISH_AFTER_MS - 1, [1, 2, 3]],
    [1_000 + PUBLISH_AFTER_MS, [2, 3]],
    [2_000 + PUBLISH_AFTER_MS, [3]],
    [2_000 + PUBLISH_AFTER_MS * 1_000, [3]],
  ])('at %d the numbers %j are published', (now, expected) => {
    expect(generations(publishedAt(keys, now))).toEqual(expected);
  });

  test('are published until a token of 12 hours, signed at the last moment, has ended', () => {
    expect(PUBLISH_AFTER_MS).toBeGreaterThanOrEqual(12 * HOUR + 60_000);
  });

  test('are rotated when the newest has signed for its lifetime', () => {
    expect(isRotationDue([], 0, HOUR)).toBe(true);
    expect(isRotationDue([key(1, 0)], HOUR - 1, HOUR)).toBe(false);
    expect(isRotationDue([key(1, 0)], HOUR, HOUR)).toBe(true);
    expect(isRotationDue([key(1, 0), key(2, HOUR + 60_000)], HOUR + 1, HOUR)).toBe(false);
  });
});
