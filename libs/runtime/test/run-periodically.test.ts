import { expect, test } from '@jest/globals';
import { runPeriodically, silentLogger } from '../index.ts';

test('a periodic job runs again after a failed round, never twice at once, and not after it was stopped', async () => {
  const failures: unknown[] = [];
  const enough = Promise.withResolvers<void>();
  let rounds = 0;
  let running = 0;
  let mostAtOnce = 0;
  const loop = runPeriodically({
    name: 'job',
    everyMs: 1,
    logger: { ...silentLogger, warn: (_message, fields) => failures.push(fields) },
    async job() {
      mostAtOnce = Math.max(mostAtOnce, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (++rounds === 3) enough.resolve();
      if (rounds === 1) throw new Error('failed');
    },
  });
  await enough.promise;
  await loop.stop();
  const roundsAtStop = rounds;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(rounds).toBe(roundsAtStop);
  expect(mostAtOnce).toBe(1);
  expect(failures).toEqual([{ job: 'job', error: new Error('failed') }]);
});
