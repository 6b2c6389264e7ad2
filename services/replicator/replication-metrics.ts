import type { ReplicationCounts, ReplicationRunState } from '@berth/contracts';
import type { Metrics } from '@berth/runtime';
import type { Task } from './documents/task.ts';
import type { PolicyLag } from './policies/measure-lag.ts';
import { classOf } from './tasks/failure.ts';

/** What this copy did. */
export interface ReplicationMetrics {
  runEnded(state: ReplicationRunState): void;
  taskEnded(task: Pick<Task, 'state' | 'createdAt'>, now: number): void;
  tryFailed(error: unknown): void;
  bytes(bytes: Pick<ReplicationCounts, 'copiedBytes' | 'skippedBytes'>): void;
  /** Of the task that waits for the longest, of all policies. */
  oldestWaiting(createdAt: string | null, now: number): void;
  /** Of the policies that are farthest behind: the others are not shown any more. */
  policiesBehind(lags: readonly PolicyLag[]): void;
}

export function createReplicationMetrics(metrics: Metrics): ReplicationMetrics {
  const runs = metrics.counter({
    name: 'berth_replication_runs_total',
    help: 'Replication runs that ended, by state',
    labels: ['state'],
  });
  const tasks = metrics.counter({
    name: 'berth_replication_tasks_total',
    help: 'Tags that replication is done with, by what became of them',
    labels: ['state'],
  });
  const failures = metrics.counter({
    name: 'berth_replication_failed_tries_total',
    help: 'Tries to copy a tag that failed, by reason: a status, unreachable, integrity, other',
    labels: ['reason'],
  });
  const bytes = metrics.counter({
    name: 'berth_replication_bytes_total',
    help: 'Bytes of blobs that were copied, or skipped because they were there',
    labels: ['outcome'],
  });
  const delay = metrics.histogram({
    name: 'berth_replication_delay_seconds',
    help: 'Time from the event or the start of a run to the tag at the destination',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 28_800, 86_400],
  });
  const lag = metrics.gauge({
    name: 'berth_replication_lag_seconds',
    help: 'How long the tag waits that waits for the longest, of all policies',
  });
  const policyLag = metrics.gauge({
    name: 'berth_replication_policy_lag_seconds',
    help: 'Since when the oldest tag of a policy waits or has failed: of the twenty policies that are farthest behind',
    labels: ['registry', 'policy'],
  });
  return {
    runEnded: (state) => runs.inc({ state }),
    taskEnded({ state, createdAt }, now) {
      tasks.inc({ state });
      if (state === 'copied') delay.observe(Math.max(0, now - Date.parse(createdAt)) / 1_000);
    },
    tryFailed: (error) => failures.inc({ reason: classOf(error) }),
    bytes({ copiedBytes, skippedBytes }) {
      bytes.inc({ outcome: 'copied' }, copiedBytes);
      bytes.inc({ outcome: 'skipped' }, skippedBytes);
    },
    policiesBehind(lags) {
      policyLag.reset();
      for (const { registry, policy, lagSeconds } of lags) policyLag.set(lagSeconds, { registry, policy });
    },
    oldestWaiting(createdAt, now) {
      lag.set(createdAt === null ? 0 : Math.max(0, now - Date.parse(createdAt)) / 1_000);
    },
  };
}
