import type { ReplicationRunResource } from '@berth/contracts';
import type { RunDocument } from '../documents/run.ts';
import type { RunProgress } from '../documents/run-progress.ts';
import type { Records } from '../records.ts';

/** Runs as the API shows them: how far those are that run, and how fast all were. */
export async function viewRuns(
  records: Pick<Records, 'runProgress' | 'clock'>,
  runs: readonly RunDocument[],
): Promise<ReplicationRunResource[]> {
  const progress = await records.runProgress.getMany(runs.map(({ id }) => id));
  return runs.map((run, index) =>
    viewRun(run, run.isActive ? (progress[index] ?? {}) : null, records.clock()),
  );
}

function viewRun(run: RunDocument, progress: RunProgress | null, now: number): ReplicationRunResource {
  const { id, policyId, registry, trigger, dryRun, state, counts, error, finishedAt } = run;
  const { createdAt, updatedAt, createdBy } = run;
  return {
    ...{ id, policy: policyId, registry, trigger, dryRun, state },
    ...(progress === null ? counts !== undefined && { counts } : { progress: viewProgress(progress) }),
    ...pace(run, progress, now),
    ...(error !== undefined && { error }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...{ createdAt, updatedAt, createdBy },
  };
}

function viewProgress({ tasks = 0, done = 0, copiedBytes = 0, skippedBytes = 0 }: RunProgress) {
  return { tasks: Math.max(tasks, done), done, copiedBytes, skippedBytes };
}

/** What was copied over the time of the whole run, or of its retry; and when it ends if it goes on as until now. */
function pace(run: RunDocument, progress: RunProgress | null, now: number) {
  const { startedAt = run.createdAt, finishedAt, counts, copiedBefore = 0, plan } = run;
  const elapsedMs = (finishedAt === undefined ? now : Date.parse(finishedAt)) - Date.parse(startedAt);
  const copied = progress === null ? (counts?.copiedBytes ?? 0) - copiedBefore : (progress.copiedBytes ?? 0);
  const { tasks = 0, done = 0 } = progress ?? {};
  const isPlanned = plan === undefined;
  const left = tasks - done;
  return {
    ...(copied > 0 && elapsedMs > 0 && { bytesPerSecond: Math.round(copied / (elapsedMs / 1_000)) }),
    ...(isPlanned &&
      done > 0 &&
      left > 0 && { estimatedEndAt: new Date(now + (elapsedMs / done) * left).toISOString() }),
  };
}
