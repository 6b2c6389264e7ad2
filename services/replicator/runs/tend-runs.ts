import { unlessConflict } from '@berth/document-store';
import type { RunDocument } from '../documents/run.ts';
import type { LocalRegistries, Registries } from '../ports.ts';
import { type Records, timestamp } from '../records.ts';
import type { ReplicationMetrics } from '../replication-metrics.ts';
import { nextPauseMs, reasonOf } from '../tasks/failure.ts';
import { sidesOf } from '../tasks/sides-of.ts';
import { endRun } from './end-run.ts';
import { planRun } from './plan-run.ts';
import { pruneRuns } from './prune-runs.ts';

export interface TendParts {
  readonly records: Records;
  readonly registries: Registries;
  readonly local: LocalRegistries;
  readonly retryPauseMs: number;
  readonly metrics: Pick<ReplicationMetrics, 'runEnded'>;
  /** A run has its tasks. */
  readonly onPlanned: () => void;
}

/** A copy that plans for longer is taken for dead; planning twice makes the same tasks. */
const PLAN_LEASE_MS = 60_000;
const PAGE = 100;

/** Brings each active run a step on: plans it, cancels what waits of a cancelled one, ends it when nothing waits. */
export async function tendRuns(parts: TendParts): Promise<void> {
  const { records } = parts;
  for (let after: string | null | undefined; after !== null; ) {
    const page = await records.runs.page({
      ...{ index: 'byActive', equals: { isActive: true }, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const run of page.items) await tend(parts, run);
    after = page.next;
  }
}

async function tend(parts: TendParts, run: RunDocument): Promise<void> {
  const { records } = parts;
  if (run.isCancelled) await cancelWaiting(records, run.id);
  else if (run.plan !== undefined) return await plan(parts, run);
  if (await hasWaiting(records, run.id)) return;
  const ended = await endRun(records, run);
  if (ended === null) return;
  const { id, policyId, state, counts } = ended;
  parts.metrics.runEnded(state);
  records.logger.info('replication run ended', { run: id, policy: policyId, state, ...counts });
  await pruneRuns(records, policyId);
}

async function plan(parts: TendParts, run: RunDocument): Promise<void> {
  const { records, registries } = parts;
  const now = records.clock();
  if (run.leaseUntil > now) return;
  const held = await unlessConflict(records.runs.replace({ ...run, leaseUntil: now + PLAN_LEASE_MS }));
  if (held === null) return;
  let change: Partial<RunDocument> = { leaseUntil: 0 };
  try {
    const sides = await sidesOf({ records, registries }, run.policyId);
    await planRun(parts, { run: held, policy: sides.policy, sides });
  } catch (error) {
    records.logger.warn('replication run cannot be planned', { run: run.id, error });
    change = afterFailure(parts, held, error);
  }
  const { plan, error: _, ...planned } = held;
  await unlessConflict(
    records.runs.replace({
      ...planned,
      ...(change.tries !== undefined && plan !== undefined && { plan }),
      ...change,
      updatedAt: timestamp(records),
    }),
  );
  parts.onPlanned();
}

/** With `tries` it is planned again; else it has failed. */
function afterFailure(
  { records, retryPauseMs }: TendParts,
  { tries }: RunDocument,
  error: unknown,
): Partial<RunDocument> {
  const pauseMs = nextPauseMs(error, { tries, retryPauseMs });
  const reason = { error: reasonOf(error) };
  if (pauseMs === null) return { ...reason, leaseUntil: 0 };
  return { ...reason, leaseUntil: records.clock() + pauseMs, tries: tries + 1 };
}

async function hasWaiting({ tasks }: Records, runId: string): Promise<boolean> {
  const { items } = await tasks.page({ index: 'byRunState', equals: { runId, state: 'waiting' }, limit: 1 });
  return items.length > 0;
}

/** One that a copy has in hand is written by it first or not at all: it then sees that the task is not its own any more. */
async function cancelWaiting(records: Records, runId: string): Promise<void> {
  const { items } = await records.tasks.page({
    ...{ index: 'byRunState', equals: { runId, state: 'waiting' }, limit: PAGE },
  });
  for (const { dueAt: _, ...task } of items) {
    const updatedAt = timestamp(records);
    await unlessConflict(records.tasks.replace({ ...task, state: 'cancelled', updatedAt }));
  }
  if (items.length === PAGE) await cancelWaiting(records, runId);
}
