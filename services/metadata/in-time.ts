import type { CallContext } from '@berth/bus';
import { ServiceError } from '@berth/contracts';

/**
 * Called right before the write that clients see; throws when nobody waits for the answer any more. Whoever was told that it failed may have
 * tried again and wished for something else since: a late write would take that back.
 */
export type AssertInTime = () => void;

/** ServiceError DEADLINE_EXCEEDED once the caller has given up. */
export function inTime(
  { deadline }: Pick<CallContext, 'deadline'>,
  clock: () => number = Date.now,
): AssertInTime {
  return () => {
    if (clock() <= deadline) return;
    throw new ServiceError('DEADLINE_EXCEEDED', 'nothing was changed: nobody waits for the answer any more');
  };
}
