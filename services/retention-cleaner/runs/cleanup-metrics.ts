import type { Metrics } from '@berth/runtime';
import type { CleanupRun } from '../documents/cleanup-run.ts';

export interface CleanupMetrics {
  /** A run that this copy brought to its end. */
  ended(run: Pick<CleanupRun, 'state' | 'isDryRun' | 'counts' | 'startedAt'>, now: number): void;
  /** How many runs wait to be confirmed. */
  awaiting(runs: number): void;
}

export function createCleanupMetrics(metrics: Metrics): CleanupMetrics {
  const runs = metrics.counter({
    name: 'berth_cleanup_runs_total',
    help: 'Cleanup runs that ended, by state; without dry runs',
    labels: ['state'],
  });
  const deleted = metrics.counter({
    name: 'berth_cleanup_deleted_artifacts_total',
    help: 'Artifacts that cleanup runs deleted, counted at the end of each run',
  });
  const duration = metrics.histogram({
    name: 'berth_cleanup_duration_seconds',
    help: 'Time from the start of a cleanup run to its end, a wait for confirmation included',
    buckets: [1, 10, 60, 300, 1_800, 7_200, 28_800, 86_400, 604_800],
  });
  const awaiting = metrics.gauge({
    name: 'berth_cleanup_runs_awaiting',
    help: 'Cleanup runs that would delete more than their policy allows, and wait for somebody to confirm them',
  });
  return {
    awaiting: (count) => awaiting.set(count),
    ended({ state, isDryRun, counts, startedAt }, now) {
      if (isDryRun) return;
      runs.inc({ state });
      deleted.inc({}, counts.deleted);
      if (startedAt !== undefined) duration.observe(Math.max(0, now - Date.parse(startedAt)) / 1_000);
    },
  };
}
