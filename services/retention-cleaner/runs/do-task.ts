import type { RpcCaller } from '@berth/bus';
import { type CleanupCounts, type CleanupOutcome, isServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import type { DecisionDocument } from '../documents/cleanup-decision.ts';
import type { TaskDocument } from '../documents/cleanup-task.ts';
import type { Records } from '../records.ts';
import { carryOut } from './carry-out.ts';
import { changeRun } from './change-run.ts';
import { ImageNotDecidable } from './collect-candidates.ts';
import { NO_COUNTS, sumOf } from './counts.ts';
import { type HeldTask, holdTask, TaskLost } from './hold-task.ts';
import { planImage } from './plan-image.ts';
import { policiesFor, rulesOfAll } from './policies-for.ts';
import { standingOf, stopRun } from './stop-run.ts';

export interface TaskParts {
  readonly records: Records;
  readonly caller: RpcCaller;
  readonly stopping: AbortSignal;
}

const COPY_STOPS = 'this copy stops';
const RETRY_AFTER_MS = [1_000, 5_000, 15_000, 60_000];

/** Works on an image that this copy has in hand: decides, stores the decisions, and unless it is a dry run carries them out. */
export async function doTask(parts: TaskParts, taken: TaskDocument): Promise<void> {
  const { records } = parts;
  const held = holdTask(records, taken);
  try {
    await work(parts, held);
  } catch (error) {
    if (error instanceof TaskLost) return;
    if (error instanceof ImageNotDecidable) return await endTask(records, held, { error: error.message });
    if (isServiceError(error, 'REGISTRY_NOT_FOUND'))
      return await endTask(records, held, { error: 'the registry does not exist any more' });
    await retryLater(records, held, error);
  }
}

async function work(parts: TaskParts, held: HeldTask): Promise<void> {
  const { records, stopping } = parts;
  const run = await records.runs.get(held.task.runId);
  if (run?.activeOf === undefined) return await held.leave({ state: 'done' });
  const { policy, reason } = await standingOf(records, run);
  if (policy === undefined) return await stopTask(records, held, reason);
  if (!held.task.isPlanned) {
    const plan = await planImage(parts, held, { run, policy });
    const counts = { artifacts: plan.artifacts, kept: plan.artifacts - plan.going };
    if (run.isDryRun) return await endTask(records, held, { counts: { ...counts, deleted: plan.going } });
    if (plan.isBraked && !run.isConfirmed) {
      const awaiting = { ...NO_COUNTS, images: 1, imagesAwaiting: 1, ...counts };
      return await held.leave({ state: 'awaiting', counts: awaiting });
    }
    const { rules } = plan;
    await held.save({ isPlanned: true, rules, counts: { ...NO_COUNTS, images: 1, ...counts } });
  }
  const findReason = async () => (stopping.aborted ? COPY_STOPS : await reasonToStop(records, held.task));
  const against = await carryOut(parts, held, findReason);
  if (against === null)
    return await endTask(records, held, { counts: await countOutcomes(records, held.task) });
  // Another copy goes on at once, or finds that there is nothing to go on with.
  if (against === COPY_STOPS) return await held.leave({ state: 'open', dueAt: records.clock() });
  await stopTask(records, held, against);
}

/** What is against a deletion as it was planned. */
async function reasonToStop(records: Records, task: TaskDocument): Promise<string | null> {
  const run = await records.runs.get(task.runId);
  if (run?.activeOf === undefined) return 'the run was cancelled';
  const { policy, reason } = await standingOf(records, run);
  if (policy === undefined) return reason;
  if (task.rules === undefined) return null;
  if (task.rules === rulesOfAll(await policiesFor(records, task, policy))) return null;
  return `another policy for image "${task.image}" was changed meanwhile: run it again`;
}

/** Has the run stop. An image that nothing was done for does not count as failed. */
async function stopTask(records: Records, held: HeldTask, error: string): Promise<void> {
  await stopRun(records, held.task.runId, error);
  if (!held.task.isPlanned) return await held.leave({ state: 'done' });
  await endTask(records, held, { counts: await countOutcomes(records, held.task), error });
}

async function endTask(
  records: Records,
  held: HeldTask,
  end: { readonly counts?: Partial<CleanupCounts>; readonly error?: string },
): Promise<void> {
  const { error } = end;
  const isFailed = error !== undefined;
  const { counts: before } = held.task;
  const counts = {
    ...{ ...before, ...end.counts, imagesAwaiting: 0 },
    ...(isFailed ? { imagesFailed: 1 } : { imagesDone: 1 }),
  };
  await held.leave({ state: isFailed ? 'failed' : 'done', counts, ...(isFailed && { error }) });
  await changeRun(
    records,
    held.task.runId,
    (run) => ({ ...run, counts: sumOf(run.counts, { ...counts, images: 0 }) }),
    { relaxed: true },
  );
}

async function retryLater(records: Records, held: HeldTask, error: unknown): Promise<void> {
  const { id, image, failures } = held.task;
  const pauseMs = RETRY_AFTER_MS[failures];
  records.logger.warn('cleanup of an image is interrupted', { task: id, image, error, againInMs: pauseMs });
  const reason = error instanceof Error ? error.message : String(error);
  try {
    if (pauseMs === undefined) await endTask(records, held, { error: reason });
    else await held.leave({ failures: failures + 1, dueAt: records.clock() + pauseMs });
  } catch (lost) {
    if (!(lost instanceof TaskLost)) throw lost;
  }
}

async function countOutcomes({ decisions }: Records, { id }: TaskDocument): Promise<Partial<CleanupCounts>> {
  const counts = { deleted: 0, keptSince: 0 };
  for (const outcome of ['deleted', 'keptSince'] as const satisfies readonly CleanupOutcome[]) {
    let after: string | null = null;
    do {
      const page: Page<DecisionDocument> = await decisions.page({
        index: 'byTask',
        equals: { taskId: id, outcome },
        limit: 500,
        ...(after !== null && { after }),
      });
      counts[outcome] += page.items.length;
      after = page.next;
    } while (after !== null);
  }
  return counts;
}
