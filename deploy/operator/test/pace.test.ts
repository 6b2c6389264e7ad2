import { expect, test } from '@jest/globals';
import { createPace } from '../check/pace.ts';

/** A clock that goes on only by waiting. */
function startClock() {
  let nowMs = 0;
  const wait = async (ms: number): Promise<void> => {
    const until = nowMs + ms;
    await Promise.resolve();
    nowMs = Math.max(nowMs, until);
  };
  return { now: () => nowMs, wait };
}

async function read(readers: number, bytesOfEach: number): Promise<number> {
  const clock = startClock();
  const pace = createPace({ bytesPerSecond: 1_000, ...clock });
  const work = async () => {
    for (let left = bytesOfEach; left > 0; left -= 100) await pace.take(100);
  };
  await Promise.all(Array.from({ length: readers }, work));
  return clock.now();
}

test.each([
  [1, 8_000],
  [8, 1_000],
])('%i readers of %i bytes each have the whole rate among them', async (readers, bytes) => {
  expect(await read(readers, bytes)).toBe(8_000);
});

test('what was not read in time is not made up for', async () => {
  const clock = startClock();
  const pace = createPace({ bytesPerSecond: 1_000, ...clock });
  await clock.wait(60_000);
  await pace.take(2_000);
  expect(clock.now()).toBe(62_000);
});
