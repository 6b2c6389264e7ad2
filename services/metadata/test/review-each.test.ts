import { expect, test } from '@jest/globals';
import { reviewEach } from '../sweep/review-each.ts';

test('What is due is reviewed eight at a time, each once', async () => {
  const reviewed: number[] = [];
  let underWay = 0;
  let most = 0;
  await reviewEach(
    Array.from({ length: 30 }, (_, index) => index),
    async (one) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      reviewed.push(one);
    },
  );
  expect(reviewed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index));
  expect(most).toBe(8);
});

test('The first error ends it, after what is under way', async () => {
  const ended: number[] = [];
  const reviewing = reviewEach(
    Array.from({ length: 30 }, (_, index) => index),
    async (one) => {
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(one);
      if (one === 2) throw new Error('the store is away');
    },
  );
  await expect(reviewing).rejects.toThrow('the store is away');
  const atTheEnd = ended.length;
  expect(atTheEnd).toBeGreaterThanOrEqual(8);
  expect(atTheEnd).toBeLessThan(30);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toHaveLength(atTheEnd);
});
