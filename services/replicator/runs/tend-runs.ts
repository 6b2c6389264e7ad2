import { unlessConflict } from '@berth/document-store';
import type { RunDocument } from '../documents/run.ts';
import { type Records, timestamp } from '../records.ts';
import type { ReplicationMetrics } from '../replication-metrics.ts';
import { endRun } from './end-run.ts';
import { LOOK_AGAIN_MS, type PlanningParts, planInHand } from './plan-in-hand.ts';

export interface TendParts extends PlanningParts {
  readonly metrics: Pick<ReplicationMetrics, 'runEnded'>;
  /** A run of this policy ended. */
  readonly onEnded: (policyId: string) => void;
  /** A run has its tasks. */
  readonly onPlanned: () => void;
  /** Does what may take long besides the look; leaves it to a later one when there is enough of that. */
  readonly aside: (runId: string, work: () => Promise<void>) => void;
}

const PAGE = 100;

/**
 * Brings runs a step on: plans those that are due, cancels what waits of a cancelled one, ends one when nothing of it waits. Besides
 * those that are due, it looks at runs of which this copy just ended a task.
 */
export async function tendRuns(parts: TendParts, touched: readonly string[] = []): Promise<void> {
  const { records } = parts;
  for (const run of await records.runs.getMany(touched)) if (run?.isActive) await tend(parts, run);
  const lte = records.clock();
  for (let after: string | null | undefined; after !== null; ) {
    const page = await records.runs.page({
      ...{ index: 'byDue', equals: { isActive: true }, range: { lte }, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const run of page.items) await tend(parts, run);
    after = page.next;
  }
}

async function tend(parts: TendParts, run: RunDocument): Promise<void> {
  if (run.isCancelled) await cancelWaiting(parts.records, run.id);
  else if (run.plan === 'one') {
    if (run.leaseUntil <= parts.records.clock()) return await plan(parts, run);
  } else if (run.plan !== undefined) return parts.aside(run.id, () => plan(parts, run));
  await endIfDone(parts, run);
}

async function plan(parts: TendParts, run: RunDocument): Promise<void> {
  const planned = await planInHand(parts, run);
  parts.onPlanned();
  if (planned !== null && planned.plan === undefined) await endIfDone(parts, planned);
}

async function endIfDone({ records, metrics, onEnded }: TendParts, run: RunDocument): Promise<void> {
  if (await hasWaiting(records, run.id)) return await lookAgain(records, run);
  const ended = await endRun(records, run);
  if (ended === null) return;
  const { id, policyId, state, counts } = ended;
  metrics.runEnded(state);
  records.logger.info('replication run ended', { run: id, policy: policyId, state, ...counts });
  onEnded(policyId);
}

/** Not of a cancelled one: a copy may have had a task of it in hand just then. */
async function lookAgain({ runs, clock }: Records, run: RunDocument): Promise<void> {
  if (run.isCancelled || run.leaseUntil > clock()) return;
  await unlessConflict(runs.replace({ ...run, leaseUntil: clock() + LOOK_AGAIN_MS }, { relaxed: true }));
}

async function hasWaiting({ tasks }: Records, runId: string): Promise<boolean> {
  const { items } = await tasks.page({ index: 'byRunState', equals: { runId, state: 'waiting' }, limit: 1 });
  return items.length > 0;
}

/** One that a copy has in hand is written by it first or not at all: it then sees that the task is not its own any more. */
async function cancelWaiting(records: Records, runId: string): Promise<void> {
  const { items, next } = await records.tasks.page({
    ...{ index: 'byRunState', equals: { runId, state: 'waiting' }, limit: PAGE },
  });
  for (const { dueAt: _, ...task } of items) {
    const updatedAt = timestamp(records);
    await unlessConflict(records.tasks.replace({ ...task, state: 'cancelled', updatedAt }));
  }
  if (next !== null) await cancelWaiting(records, runId);
}
