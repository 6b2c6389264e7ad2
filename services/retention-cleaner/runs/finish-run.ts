import type { CleanupCounts } from '@berth/contracts';
import { type Page, writePastConflicts } from '@berth/document-store';
import type { RunDocument } from '../documents/cleanup-run.ts';
import type { TaskDocument } from '../documents/cleanup-task.ts';
import type { Records } from '../records.ts';
import { changeRun, endRun } from './change-run.ts';
import { NO_COUNTS, sumOf } from './counts.ts';
import { standingOf } from './stop-run.ts';

const BATCH = 200;
/** A run that nobody confirms ends after so long, so that the policy can run again. */
export const CONFIRM_WITHIN_MS = 7 * 24 * 60 * 60 * 1_000;
const AWAITING_LOOK_MS = 60_000;

/** Ends a run whose tasks are all done or that is stopped, or has it wait: for them, or to be confirmed. Returns it when it ended. */
export async function finishRun(
  records: Records,
  run: RunDocument,
  lookEveryMs: number,
): Promise<RunDocument | null> {
  const lookAgain = async (more: Partial<RunDocument>, afterMs: number) => {
    await changeRun(records, run.id, (current) =>
      current.isConfirmed === run.isConfirmed && current.stopped === run.stopped
        ? { ...current, ...more, dueAt: records.clock() + afterMs }
        : { ...current, dueAt: records.clock() },
    );
    return null;
  };
  if (await hasTasks(records, run, 'open')) return await lookAgain({}, lookEveryMs);
  const isAwaiting = await hasTasks(records, run, 'awaiting');
  const now = (await records.runs.get(run.id)) ?? run; // whoever let go of the last image may have stopped it
  const reason = isAwaiting ? (await standingOf(records, now)).reason : now.stopped;
  if (reason !== undefined) return await cancel(records, run, reason);
  if (!isAwaiting) return await end(records, run);
  if (run.isConfirmed) {
    await reopen(records, run);
    return await lookAgain({}, lookEveryMs);
  }
  if (records.clock() - run.begunAt < CONFIRM_WITHIN_MS) {
    const counts = await countsOf(records, run);
    return await lookAgain({ state: 'awaitingConfirmation', counts }, AWAITING_LOOK_MS);
  }
  return await cancel(records, run, 'nobody confirmed it within 7 days; what waited stays');
}

async function cancel(records: Records, run: RunDocument, error: string): Promise<RunDocument | null> {
  return await endRun(records, run.id, { state: 'cancelled', error, counts: await countsOf(records, run) });
}

async function hasTasks(
  { tasks }: Records,
  { id }: RunDocument,
  state: TaskDocument['state'],
): Promise<boolean> {
  const { items } = await tasks.page({ index: 'byState', equals: { runId: id, state }, limit: 1 });
  return items.length > 0;
}

/** What waited to be confirmed is decided anew: policies and artifacts may have changed meanwhile. */
async function reopen(records: Records, { id }: RunDocument): Promise<void> {
  for (;;) {
    const equals = { runId: id, state: 'awaiting' };
    const { items } = await records.tasks.page({ index: 'byState', equals, limit: BATCH });
    if (items.length === 0) return;
    const dueAt = records.clock();
    await writePastConflicts(
      records,
      items.map((task) => records.tasks.write.replace({ ...task, state: 'open', dueAt })),
    );
  }
}

async function end(records: Records, run: RunDocument): Promise<RunDocument | null> {
  const counts = await countsOf(records, run);
  const { images, imagesFailed } = counts;
  if (imagesFailed === 0) return await endRun(records, run.id, { state: 'succeeded', counts });
  const error = await firstError(records, run);
  const state = imagesFailed === images ? 'failed' : 'partial';
  return await endRun(records, run.id, { state, error, counts });
}

async function firstError({ tasks }: Records, { id }: RunDocument): Promise<string> {
  const equals = { runId: id, state: 'failed' };
  const [first] = (await tasks.page({ index: 'byState', equals, limit: 1 })).items;
  return `image "${first?.image}": ${first?.error}`;
}

async function countsOf({ tasks }: Records, { id }: RunDocument): Promise<CleanupCounts> {
  let counts = NO_COUNTS;
  let after: string | null = null;
  do {
    const page: Page<TaskDocument> = await tasks.page({
      index: 'byRun',
      equals: { runId: id },
      limit: BATCH,
      ...(after !== null && { after }),
    });
    counts = page.items.reduce((sum, task) => sumOf(sum, task.counts), counts);
    after = page.next;
  } while (after !== null);
  return counts;
}
