import { type Actor, ServiceError } from '@berth/contracts';
import { isStoreError, retryConflict, unlessConflict } from '@berth/document-store';
import type { PolicyDocument } from '../documents/policy.ts';
import type { Run, RunDocument } from '../documents/run.ts';
import { taskId } from '../documents/task.ts';
import { type Records, timestamp } from '../records.ts';
import { requireRun } from './find-run.ts';
import { newTask } from './new-task.ts';
import { LOOK_AGAIN_MS } from './plan-in-hand.ts';

/** Who begins a run where nobody asked. */
const REPLICATOR: Actor = { id: 'replicator', kind: 'service', name: 'replicator' };

/** A run over all tags of a policy. RUN_IN_PROGRESS (detail {existingId}) while there is one that somebody started. */
export async function startRun(
  records: Records,
  policy: PolicyDocument,
  { dryRun, actor }: { readonly dryRun: boolean; readonly actor: Actor },
): Promise<RunDocument> {
  const run: Run = {
    ...newRun(records, policy, actor),
    trigger: 'manual',
    dryRun,
    plan: 'all',
    exclusive: policy.id,
  };
  return await alone(() => records.runs.insert(records.newId(), run));
}

/** The run over all tags that was due then; null when it was begun already. RUN_IN_PROGRESS. */
export async function startScheduledRun(
  records: Records,
  policy: PolicyDocument,
  dueAt: number,
): Promise<RunDocument | null> {
  const run: Run = {
    ...newRun(records, policy, REPLICATOR),
    trigger: 'scheduled',
    dryRun: false,
    plan: 'all',
    exclusive: policy.id,
  };
  const id = `${policy.id}.${new Date(dueAt).toISOString()}`;
  return await alone(async () => await unlessConflict(records.runs.insert(id, run)));
}

export interface TagChange {
  readonly eventId: string;
  readonly image: string;
  /** Or the digest of a referrer without a tag. */
  readonly tag: string;
  /** When it was. */
  readonly at: string;
}

/**
 * A run for one tag that an event told of, with its task; null when that event has its run already. Where a crash comes between the
 * two, the run is planned after a while.
 */
export async function startTagRun(
  records: Records,
  policy: PolicyDocument,
  { eventId, image, tag, at }: TagChange,
): Promise<RunDocument | null> {
  const { runs, tasks, store } = records;
  const id = `${policy.id}.${eventId}`;
  const run: Run = {
    ...newRun(records, policy, REPLICATOR),
    trigger: 'event',
    dryRun: false,
    plan: 'one',
    ...{ image, tag, since: at, leaseUntil: records.clock() + LOOK_AGAIN_MS },
  };
  const task = newTask(records, { ...run, id }, { image, tag });
  const written = await unlessConflict(
    store.writeMany([
      runs.write.insert(id, run),
      tasks.write.insert(taskId(id, image, tag), task, { relaxed: true }),
    ]),
  );
  return written === null ? null : (written[0] as RunDocument);
}

/** Has the failed tags of an ended run tried again. RUN_NOT_FOUND, RUN_IN_PROGRESS, RUN_ENDED when none failed. */
export async function retryRun(records: Records, id: string): Promise<RunDocument> {
  return await retryConflict(`run ${id}`, async () => {
    const run = await requireRun(records, id);
    if (run.isActive) throw inProgress(id);
    if (run.error === undefined && run.counts?.failed === 0)
      throw new ServiceError('RUN_ENDED', `nothing of run "${id}" failed: there is nothing to try again`);
    const { finishedAt: _, error: __, isCancelled: ___, ...rest } = run;
    const now = timestamp(records);
    const whole = run.tag === undefined ? 'all' : 'one';
    const plan = run.error === undefined ? 'failed' : whole;
    const again: RunDocument = {
      ...rest,
      ...{ state: 'running', isActive: true, plan, leaseUntil: 0, tries: 0, updatedAt: now },
      ...{ startedAt: now, copiedBefore: run.counts?.copiedBytes ?? 0 },
      ...(run.trigger !== 'event' && { exclusive: run.policyId }),
    };
    return await alone(() => records.runs.replace(again));
  });
}

/** Has a run end as soon as the copies that work it come to know. RUN_NOT_FOUND, RUN_ENDED. */
export async function cancelRun(records: Records, id: string): Promise<RunDocument> {
  return await retryConflict(`run ${id}`, async () => {
    const run = await requireRun(records, id);
    if (!run.isActive) throw new ServiceError('RUN_ENDED', `run "${id}" has ended: it is ${run.state}`);
    return await records.runs.replace({
      ...{ ...run, isCancelled: true, leaseUntil: 0 },
      updatedAt: timestamp(records),
    });
  });
}

function newRun(records: Records, policy: PolicyDocument, createdBy: Actor): Omit<Run, 'trigger' | 'dryRun'> {
  const now = timestamp(records);
  return {
    ...{ policyId: policy.id, policy: policy.name },
    ...{ registryId: policy.registryId, registry: policy.registry },
    state: 'running',
    isActive: true,
    ...{ leaseUntil: 0, tries: 0, startedAt: now, createdAt: now, updatedAt: now, createdBy },
  };
}

async function alone<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    throw inProgress(String(error.detail.id));
  }
}

function inProgress(existingId: string): ServiceError {
  const message = `run "${existingId}" is not done yet; wait for it, or cancel it`;
  return new ServiceError('RUN_IN_PROGRESS', message, { detail: { existingId } });
}
