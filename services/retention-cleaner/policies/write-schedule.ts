import { retryConflict } from '@berth/document-store';
import type { CleanupPolicy } from '../documents/cleanup-policy.ts';
import type { Records } from '../records.ts';
import { nextTime } from './next-time.ts';

/**
 * Notes when a policy is to run next, if it is: before the policy itself is written, so that none that has a schedule goes without. What
 * is noted for a policy that then is not written does nothing, and goes when it is due.
 */
export async function writeSchedule(
  records: Records,
  id: string,
  policy: Pick<CleanupPolicy, 'schedule' | 'timeZone' | 'enabled'>,
): Promise<void> {
  const { schedule, timeZone, enabled } = policy;
  if (schedule === undefined || !enabled) return;
  const { policySchedules, clock } = records;
  const body = { schedule, timeZone, dueAt: nextTime({ schedule, timeZone }, clock()) };
  await retryConflict(`the schedule of policy ${id}`, async () => {
    const before = await policySchedules.get(id);
    if (before === null) return await policySchedules.insert(id, body);
    const isSame = before.schedule === schedule && before.timeZone === timeZone;
    return isSame ? before : await policySchedules.replace({ ...before, ...body });
  });
}
