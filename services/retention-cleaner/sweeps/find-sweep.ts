import { ServiceError, type SweepResource } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import type { SweepDocument } from '../documents/sweep.ts';
import { type Records, timestamp } from '../records.ts';

/** RUN_NOT_FOUND */
export async function requireSweep({ sweeps }: Records, id: string): Promise<SweepDocument> {
  const sweep = await sweeps.get(id);
  if (sweep === null) throw new ServiceError('RUN_NOT_FOUND', `sweep "${id.slice(0, 200)}" does not exist`);
  return sweep;
}

/** Newest first. */
export async function listSweeps(
  { sweeps }: Records,
  { limit = 50, after }: { readonly limit?: number | undefined; readonly after?: string | undefined },
) {
  return await sweeps.page({
    index: 'byCreated',
    descending: true,
    limit,
    ...(after !== undefined && { after }),
  });
}

/**
 * Has it end: at once while it waits, else as soon as the copy that runs it comes to know. RUN_NOT_FOUND; RUN_ENDED when it has
 * ended.
 */
export async function cancelSweep(records: Records, id: string): Promise<SweepDocument> {
  return await retryConflict(`sweep ${id}`, async () => {
    const sweep = await requireSweep(records, id);
    if (sweep.isActive === undefined)
      throw new ServiceError('RUN_ENDED', `sweep "${id}" has ended: it is ${sweep.state}`);
    const updatedAt = timestamp(records);
    if (sweep.holder !== undefined)
      return await records.sweeps.replace({ ...sweep, isCancelled: true, updatedAt });
    const { isActive: _, ...rest } = sweep;
    return await records.sweeps.replace({ ...rest, state: 'cancelled', finishedAt: updatedAt, updatedAt });
  });
}

export function viewSweep({ id, state, trigger, progress, ...sweep }: SweepDocument): SweepResource {
  const { startedAt, finishedAt, error, createdAt, updatedAt, createdBy } = sweep;
  return {
    ...{ id, state, trigger, ...progress },
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(error !== undefined && { error }),
    ...{ createdAt, updatedAt, createdBy },
  };
}
