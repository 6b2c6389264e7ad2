import type { RpcCaller } from '@berth/bus';
import { isServiceError, scanImages } from '@berth/contracts';
import { isStoreError, unlessConflict } from '@berth/document-store';
import { compileFilter } from '@berth/globs';
import type { RunDocument } from '../documents/cleanup-run.ts';
import { type CleanupTask, taskId } from '../documents/cleanup-task.ts';
import { type Records, timestamp } from '../records.ts';
import { changeRun, endRun } from './change-run.ts';
import { NO_COUNTS } from './counts.ts';
import { finishRun } from './finish-run.ts';
import { standingOf, stopRun } from './stop-run.ts';

/** Until then no other copy looks at a run that one looks at; if two do, no harm is done. */
const LEASE_MS = 30_000;
/** From one look at a run whose images are worked on to the next. */
const LOOK_EVERY_MS = 1_000;
const IMAGES = 100;
const BATCH = 20;

export interface RunParts {
  readonly records: Records;
  readonly caller: RpcCaller;
}

/** Looks at the runs that are due: makes tasks of their images, and ends those whose tasks are done. Returns those it ended. */
export async function tendRuns(parts: RunParts): Promise<readonly RunDocument[]> {
  const { records } = parts;
  const now = records.clock();
  const { items } = await records.runs.page({ index: 'byDue', range: { lte: now }, limit: BATCH });
  const ended: RunDocument[] = [];
  for (const run of items) {
    const taken = await unlessConflict(records.runs.replace({ ...run, dueAt: now + LEASE_MS }));
    if (taken === null) continue;
    const end = await tendRun(parts, taken);
    if (end !== null) ended.push(end);
  }
  return ended;
}

async function tendRun(parts: RunParts, taken: RunDocument): Promise<RunDocument | null> {
  const { records } = parts;
  try {
    const isReady = taken.isExpanded || taken.stopped !== undefined;
    const run = isReady ? taken : await expand(parts, taken);
    return run === null ? null : await finishRun(records, run, LOOK_EVERY_MS);
  } catch (error) {
    if (isServiceError(error, 'REGISTRY_NOT_FOUND'))
      return await endRun(records, taken.id, {
        state: 'failed',
        error: 'the registry does not exist any more',
      });
    records.logger.warn('cleanup run waits', { run: taken.id, error });
    return null; // until its lease is over
  }
}

/** Page by page every image that the policy is for becomes a task; after a crash from where it was. Null when the run has ended. */
async function expand({ records, caller }: RunParts, run: RunDocument): Promise<RunDocument | null> {
  const { registryId } = run;
  const { policy, reason } = await standingOf(records, run);
  if (policy === undefined) return await stopRun(records, run.id, reason);
  const isMatched = compileFilter(policy.images);
  let after = run.expandedUntil;
  for (;;) {
    const query = { registryId, limit: IMAGES, ...(after !== undefined && { after }) };
    const { names, next } = await caller.call(scanImages, query);
    const images = await insertTasks(records, run, names.filter(isMatched));
    after = next ?? undefined;
    const changed = await changeRun(records, run.id, (current) => ({
      ...current,
      state: 'running',
      startedAt: current.startedAt ?? timestamp(records),
      dueAt: records.clock() + LEASE_MS,
      counts: { ...current.counts, images: current.counts.images + images },
      ...(after === undefined ? { isExpanded: true as const } : { expandedUntil: after }),
    }));
    if (changed === null || after === undefined) return changed;
  }
}

async function insertTasks(records: Records, run: RunDocument, images: readonly string[]): Promise<number> {
  const { id: runId, registryId } = run;
  const ids = images.map((image) => taskId(runId, image));
  for (;;) {
    const known = await records.tasks.getMany(ids);
    const missing = images.filter((_, index) => !known[index]);
    if (missing.length === 0) return images.length;
    const body = (image: string): CleanupTask => ({
      ...{ runId, registryId, image, state: 'open', dueAt: records.clock(), failures: 0 },
      counts: { ...NO_COUNTS, images: 1 },
    });
    try {
      await records.store.writeMany(
        missing.map((image) => records.tasks.write.insert(taskId(runId, image), body(image))),
      );
    } catch (error) {
      if (!isStoreError(error, 'ID_TAKEN')) throw error;
    }
  }
}
