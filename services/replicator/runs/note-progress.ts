import { unlessConflict } from '@berth/document-store';
import type { RunProgress } from '../documents/run-progress.ts';
import type { Records } from '../records.ts';

/** Adds to what a running run has done. */
export async function noteProgress(records: Records, runId: string, more: RunProgress): Promise<void> {
  const increments = Object.entries(more).filter(([, count]) => count !== 0);
  if (increments.length > 0) await records.runProgress.increment(runId, Object.fromEntries(increments));
}

/** Of a run that has ended, where the exact counts stand in the run itself. */
export async function forgetProgress({ runProgress }: Records, runId: string): Promise<void> {
  const progress = await runProgress.get(runId);
  if (progress !== null) await unlessConflict(runProgress.remove(progress, { relaxed: true }));
}
