import { type Collection, type Page, type Stored, writePastConflicts } from '@berth/document-store';
import type { RunDocument } from '../documents/cleanup-run.ts';
import type { Records } from '../records.ts';

/** As many of a policy are remembered, and none for longer. */
export const RUNS_KEPT = 100;
export const RUN_KEPT_MS = 90 * 24 * 60 * 60 * 1_000;
const BATCH = 200;

/** Forgets what is older, and all but the newest of a policy, with their decisions. */
export async function pruneRuns(records: Records, policyId?: string): Promise<void> {
  const before = new Date(records.clock() - RUN_KEPT_MS).toISOString();
  const old = await records.runs.page({ index: 'byCreated', range: { lt: before }, limit: BATCH });
  for (const run of old.items) await forgetRun(records, run);
  if (policyId === undefined) return;
  const place = { index: 'byPolicy', equals: { policyId }, descending: true } as const;
  const newest = await records.runs.page({ ...place, limit: RUNS_KEPT });
  if (newest.next === null) return;
  const { items } = await records.runs.page({ ...place, limit: BATCH, after: newest.next });
  for (const run of items) await forgetRun(records, run);
}

async function forgetRun(records: Records, run: RunDocument): Promise<void> {
  if (run.activeOf !== undefined) return;
  await removeAll(records, records.decisions, run.id);
  await removeAll(records, records.tasks, run.id);
  await writePastConflicts(records, [records.runs.write.remove(run, { relaxed: true })]);
}

async function removeAll<Body extends object>(
  records: Records,
  collection: Collection<Body>,
  runId: string,
): Promise<void> {
  for (;;) {
    const page: Page<Stored> = await collection.page({ index: 'byRun', equals: { runId }, limit: BATCH });
    if (page.items.length === 0) return;
    await writePastConflicts(
      records,
      page.items.map((one) => collection.write.remove(one, { relaxed: true })),
    );
  }
}
