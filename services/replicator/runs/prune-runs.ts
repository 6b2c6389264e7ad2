import { type Page, unlessConflict } from '@berth/document-store';
import type { RunDocument } from '../documents/run.ts';
import type { Records } from '../records.ts';
import { forgetProgress } from './note-progress.ts';

/** Of each policy; and as many of those that failed, which the others would soon push out. */
const RUNS_KEPT = 200;
const FAILED = ['failed', 'partial'] as const;
const PAGE = 100;

/** Removes the oldest ended runs of a policy, their tasks first, so that the newest remain, and the newest that failed. */
export async function pruneRuns(records: Records, policyId: string): Promise<void> {
  const kept = new Set<string>();
  for (const state of FAILED)
    for (const { id } of (await newest(records, { policyId, state })).items) kept.add(id);
  let { next } = await newest(records, { policyId });
  while (next !== null) {
    const old: Page<RunDocument> = await records.runs.page({
      ...{ index: 'byPolicy', equals: { policyId }, descending: true, limit: PAGE, after: next },
    });
    for (const run of old.items) if (!run.isActive && !kept.has(run.id)) await removeRun(records, run);
    next = old.next;
  }
}

async function newest({ runs }: Records, equals: { readonly policyId: string; readonly state?: string }) {
  const index = equals.state === undefined ? 'byPolicy' : 'byPolicyState';
  return await runs.page({ index, equals: { ...equals }, descending: true, limit: RUNS_KEPT });
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
