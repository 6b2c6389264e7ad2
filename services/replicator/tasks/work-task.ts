import { unlessConflict } from '@berth/document-store';
import { runPeriodically } from '@berth/runtime';
import type { BlobPlaces } from '../copy/blob-places.ts';
import { createOpenUploads } from '../copy/open-uploads.ts';
import type { Paces } from '../copy/pace.ts';
import type { Task, TaskDocument } from '../documents/task.ts';
import { forgetFailed, noteFailed } from '../policies/note-failed.ts';
import type { LocalRegistries, Registries } from '../ports.ts';
import { type Records, timestamp } from '../records.ts';
import type { ReplicationMetrics } from '../replication-metrics.ts';
import { noteProgress } from '../runs/note-progress.ts';
import { nextPauseMs, reasonOf } from './failure.ts';
import { runTask } from './run-task.ts';

export interface WorkParts {
  readonly records: Records;
  readonly registries: Registries;
  readonly local: LocalRegistries;
  readonly places: BlobPlaces;
  readonly paces: Paces;
  readonly metrics: ReplicationMetrics;
  readonly retryPauseMs: number;
  readonly stopping: AbortSignal;
}

/** A copy that does not renew is taken for dead after so long. */
export const TASK_LEASE_MS = 20_000;
const RENEW_EVERY_MS = 5_000;

/** Takes a task that is due in hand; null when another copy was faster. */
export async function claimTask({ tasks, clock }: Records, task: TaskDocument): Promise<TaskDocument | null> {
  const dueAt = clock() + TASK_LEASE_MS;
  const startedAt = task.startedAt ?? new Date(clock()).toISOString();
  return await unlessConflict(tasks.replace({ ...task, startedAt, dueAt }, { relaxed: true }));
}

/** Works a task that this copy has in hand, until it is done, is to be tried again, or is not this copy's any more. */
export async function workTask(parts: WorkParts, claimed: TaskDocument): Promise<void> {
  const { records, registries, local, places, paces, metrics, stopping } = parts;
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  let held = claimed;
  let { copiedBytes, skippedBytes } = claimed;
  let writing: Promise<unknown> = Promise.resolve();
  const uploads = createOpenUploads(claimed.uploads ?? [], () => void write({}).catch(() => undefined));

  function write(change: Partial<Task>, isEnd = false): Promise<unknown> {
    writing = writing
      .catch(() => undefined)
      .then(async () => {
        const {
          dueAt,
          uploads: _,
          ...rest
        } = {
          ...held,
          ...change,
          copiedBytes,
          skippedBytes,
          updatedAt: timestamp(records),
        };
        const open = uploads.list();
        const next = {
          ...rest,
          ...(!isEnd && dueAt !== undefined && { dueAt }),
          ...(open.length > 0 && { uploads: open }),
        };
        const written = await unlessConflict(records.tasks.replace(next, { relaxed: !isEnd }));
        if (written === null) return lost.abort();
        const { state, runId } = written;
        const more = {
          copiedBytes: written.copiedBytes - held.copiedBytes,
          skippedBytes: written.skippedBytes - held.skippedBytes,
        };
        held = written;
        metrics.bytes(more);
        const isDone = isEnd && state !== 'waiting';
        if (isDone) metrics.taskEnded(written, records.clock());
        if (isDone) await noteBehind(records, written);
        // Worth less than the task itself, which is written.
        await noteProgress(records, runId, { ...more, done: isDone ? 1 : 0 }).catch((error: unknown) =>
          records.logger.warn('progress of a replication run is not noted', { run: runId, error }),
        );
      });
    return writing;
  }

  const renewing = runPeriodically({
    name: 'task lease',
    everyMs: RENEW_EVERY_MS,
    job: () => write({ dueAt: records.clock() + TASK_LEASE_MS }),
    logger: records.logger,
  });
  const onBytes = ({ copied = 0, skipped = 0 }) => {
    copiedBytes += copied;
    skippedBytes += skipped;
  };
  try {
    const noteIntent = (wrote: NonNullable<Task['wrote']>) => write({ wrote });
    const way = { records, registries, local, signal, onBytes, places, paces, uploads, noteIntent };
    const outcome = await runTask(way, claimed);
    await renewing.stop();
    await write(outcome, true);
  } catch (error) {
    await renewing.stop();
    if (lost.signal.aborted) return;
    if (!stopping.aborted) metrics.tryFailed(error);
    await write(...afterFailure(parts, claimed, error));
  }
}

/** Whether the policy is behind with a tag, now that a task for it ended. */
async function noteBehind(
  records: Records,
  { policyId, image, tag, state, createdAt }: TaskDocument,
): Promise<void> {
  if (state === 'failed') await noteFailed(records, { policyId, image, tag, since: createdAt });
  else if (state !== 'cancelled' && state !== 'planned')
    await forgetFailed(records, { policyId, image, tag });
}

function afterFailure(
  { records, retryPauseMs, stopping }: WorkParts,
  { tries, isPatient, createdAt }: TaskDocument,
  error: unknown,
): [change: Partial<Task>, isEnd: boolean] {
  if (stopping.aborted) return [{ dueAt: records.clock() }, false];
  const reason = reasonOf(error);
  const waitedMs = isPatient ? records.clock() - Date.parse(createdAt) : undefined;
  const pauseMs = nextPauseMs(error, { tries, retryPauseMs, waitedMs });
  if (pauseMs === null) return [{ state: 'failed', reason, tries: tries + 1 }, true];
  return [{ reason, tries: tries + 1, dueAt: records.clock() + pauseMs }, false];
}
