import { unlessConflict } from '@berth/document-store';
import type { RunDocument } from '../documents/run.ts';
import type { Records } from '../records.ts';
import { forgetProgress } from './note-progress.ts';

const RUNS_KEPT = 200;
const PAGE = 100;

/** Removes the oldest ended runs of a policy, their tasks first, so that the newest remain. */
export async function pruneRuns(records: Records, policyId: string): Promise<void> {
  const { runs } = records;
  const newest = await runs.page({
    ...{ index: 'byPolicy', equals: { policyId }, descending: true, limit: RUNS_KEPT },
  });
  if (newest.next === null) return;
  const old = await runs.page({
    ...{ index: 'byPolicy', equals: { policyId }, descending: true, limit: PAGE, after: newest.next },
  });
  for (const run of old.items) {
    if (run.isActive) continue;
    await removeRun(records, run);
  }
}

/** Removes a run that has ended, and all that it leaves. */
export async function removeRun(records: Records, run: RunDocument): Promise<void> {
  await removeTasks(records, run.id);
  await forgetProgress(records, run.id);
  await unlessConflict(records.runs.remove(run));
}

async function removeTasks({ tasks }: Records, runId: string): Promise<void> {
  for (;;) {
    const { items } = await tasks.page({ index: 'byRun', equals: { runId }, limit: PAGE });
    if (items.length === 0) return;
    for (const task of items) await unlessConflict(tasks.remove(task));
  }
}
