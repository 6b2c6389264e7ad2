import { ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import type { CleanupRun, RunDocument } from '../documents/cleanup-run.ts';
import { CLEANER, type Origin, runEvent } from '../events.ts';
import { type Records, timestamp } from '../records.ts';
import { NO_COUNTS } from './counts.ts';

export interface RunWish {
  readonly isDryRun: boolean;
  readonly trigger: 'scheduled' | 'manual';
  /** Nobody in person for one that was due. */
  readonly origin?: Origin;
  readonly id?: string;
}

/**
 * A run that waits for a copy. RUN_IN_PROGRESS (detail {existingId}) while the policy has one; REQUEST_INVALID for a policy that is
 * disabled, unless nothing is to be deleted.
 */
export async function startRun(
  records: Records,
  policy: PolicyDocument,
  wish: RunWish,
): Promise<RunDocument> {
  const { isDryRun, trigger, origin, id = records.newId() } = wish;
  if (!policy.enabled && !isDryRun) {
    const message = `cleanup policy "${policy.name}" is disabled; enable it, or ask for a dry run`;
    throw new ServiceError('REQUEST_INVALID', message);
  }
  const now = timestamp(records);
  const run: CleanupRun = {
    ...{ policyId: policy.id, policy: policy.name },
    ...{ registryId: policy.registryId, registry: policy.registry },
    ...{ isDryRun, trigger, state: 'waiting', activeOf: policy.id, rules: policy.rules },
    ...{ dueAt: records.clock(), begunAt: records.clock(), counts: NO_COUNTS },
    ...{ createdAt: now, updatedAt: now, createdBy: origin?.actor ?? CLEANER },
  };
  const told = origin && runEvent(records, { type: 'cleanup.started', run: { ...run, id }, origin });
  try {
    return await records.runs.insert(id, run, told);
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    const existingId = String(error.detail.id);
    const message = `run "${existingId}" of policy "${policy.name}" is not done yet; wait for it, or cancel it`;
    throw new ServiceError('RUN_IN_PROGRESS', message, { detail: { existingId }, cause: error });
  }
}
