import { expect, test } from '@jest/globals';
import { takeLeave } from '../take-leave.ts';

/** A client asks every 100 ms up to then. */
test.each([
  { what: 'at once where nobody asks', lastAskedAt: 0, leftAt: 300 },
  { what: 'a while after the last request', lastAskedAt: 700, leftAt: 1_000 },
  { what: 'where requests never end, in the end', lastAskedAt: Number.POSITIVE_INFINITY, leftAt: 1_500 },
])('A server that ends leaves $what', async ({ lastAskedAt, leftAt }) => {
  let now = 0;
  await takeLeave({
    now: () => now,
    pause: async (ms) => {
      now += ms;
    },
    askedAt: () => Math.min(lastAskedAt, Math.floor(now / 100) * 100),
  });
  expect(now).toBeGreaterThanOrEqual(leftAt);
  expect(now).toBeLessThan(leftAt + 300);
});
