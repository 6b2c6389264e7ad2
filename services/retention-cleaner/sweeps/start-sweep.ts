import { type Actor, ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import type { SweepDocument } from '../documents/sweep.ts';
import { type Records, timestamp } from '../records.ts';
import { NOTHING_DONE } from './progress.ts';

/** Berth itself, where nobody asked. */
export const BERTH: Actor = { id: 'berth', kind: 'service', name: 'berth' };

/** A sweep that waits for a copy. RUN_IN_PROGRESS (detail {existingId}) while there is one. */
export async function startSweep(
  records: Records,
  wish: { readonly trigger: 'scheduled' | 'manual'; readonly actor: Actor; readonly id?: string },
): Promise<SweepDocument> {
  const now = timestamp(records);
  try {
    return await records.sweeps.insert(wish.id ?? records.newId(), {
      state: 'waiting',
      trigger: wish.trigger,
      isActive: true,
      progress: NOTHING_DONE,
      createdAt: now,
      updatedAt: now,
      createdBy: wish.actor,
    });
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    const existingId = String(error.detail.id);
    const message = `sweep "${existingId}" is not done yet; wait for it, or cancel it`;
    throw new ServiceError('RUN_IN_PROGRESS', message, { detail: { existingId }, cause: error });
  }
}
