import { createMetrics } from '@berth/runtime';
import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Sweep } from '../documents/sweep.ts';
import { BERTH, startSweep } from '../sweeps/start-sweep.ts';
import { createSweepMetrics } from '../sweeps/sweep-metrics.ts';
import { startSweeper } from '../sweeps/sweeper.ts';
import { type Fixture, openFixture } from './fixture.ts';

const HOUR_MS = 3_600_000;
const LAST_SUCCESS = 'berth_sweep_last_success_timestamp_seconds';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.stop());

/** A sweep that ended so many hours ago. */
async function ended(state: Sweep['state'], hoursAgo: number): Promise<number> {
  const endedAt = fixture.records.clock() - hoursAgo * HOUR_MS;
  const { isActive: _, ...sweep } = await startSweep(fixture.records, { trigger: 'manual', actor: BERTH });
  const at = new Date(endedAt).toISOString();
  await fixture.records.sweeps.replace({ ...sweep, state, createdAt: at, finishedAt: at });
  return endedAt / 1_000;
}

/** What a copy that has just started shows. */
async function shownBy(name: string): Promise<number> {
  const metrics = createMetrics('retention-cleaner', { withProcess: false });
  const { records, parts } = fixture;
  const sweeper = startSweeper({
    ...{ records, parts, metrics: createSweepMetrics(metrics), intervalMs: 24 * HOUR_MS },
    ...{ perSecond: 0, holder: 'one' },
  });
  try {
    return await waitUntil(async () => {
      const [, value] = new RegExp(`^${name}\\{[^}]*\\} (.*)$`, 'm').exec(await metrics.text()) ?? [];
      return Number(value) || null;
    });
  } finally {
    await sweeper.stop();
  }
}

test('a copy that was started again knows when a sweep last succeeded', async () => {
  const at = await ended('succeeded', 30);
  await ended('failed', 20);
  expect(await shownBy(LAST_SUCCESS)).toBeCloseTo(at, 2);
});

test('where no sweep ever succeeded, the time since the first counts', async () => {
  const at = await ended('failed', 40);
  await ended('failed', 20);
  expect(await shownBy(LAST_SUCCESS)).toBeCloseTo(at, 2);
});

test('where there was no sweep yet, the time since the start counts', async () => {
  const startedAt = fixture.records.clock() / 1_000;
  expect(await shownBy(LAST_SUCCESS)).toBeGreaterThanOrEqual(startedAt);
});

test('how often sweeps begin is shown', async () => {
  expect(await shownBy('berth_sweep_interval_seconds')).toBe(24 * 3_600);
});

test('the first sweep that fails counts as an increase', async () => {
  const metrics = createMetrics('retention-cleaner', { withProcess: false });
  createSweepMetrics(metrics);
  expect(await metrics.text()).toMatch(/^berth_sweeps_total\{state="failed",.*\} 0$/m);
});
