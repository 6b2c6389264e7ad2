import { isServiceError } from '@berth/contracts';
import { isStoreError, unlessConflict } from '@berth/document-store';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import type { PolicyScheduleDocument } from '../documents/policy-schedule.ts';
import { nextTime } from '../policies/next-time.ts';
import type { Records } from '../records.ts';
import { startRun } from './start-run.ts';

const BATCH = 50;

/**
 * Starts the runs that are due: each is stored under its policy and the time that it was due, and only then the schedule moves on, so
 * that of several copies one starts it, also when one dies between. Times missed while all were down count as one; one that comes
 * while the policy's last run is not done is left out. Returns how many this copy started.
 */
export async function scheduleRuns(records: Records): Promise<number> {
  const now = records.clock();
  const { items } = await records.policySchedules.page({ index: 'byDue', range: { lte: now }, limit: BATCH });
  let started = 0;
  for (const due of items) {
    const policy = await records.policies.get(due.id);
    if (policy?.schedule === undefined || !policy.enabled) {
      await unlessConflict(records.policySchedules.remove(due));
      continue;
    }
    const { schedule, timeZone } = policy;
    const isMeant = schedule === due.schedule && timeZone === due.timeZone;
    if (isMeant && (await startOnce(records, policy, due))) started++;
    const dueAt = nextTime({ schedule, timeZone }, now);
    await unlessConflict(records.policySchedules.replace({ ...due, schedule, timeZone, dueAt }));
  }
  return started;
}

async function startOnce(
  records: Records,
  policy: PolicyDocument,
  { dueAt }: PolicyScheduleDocument,
): Promise<boolean> {
  try {
    const id = `${policy.id}-${dueAt}`;
    await startRun(records, policy, { isDryRun: false, trigger: 'scheduled', id });
    return true;
  } catch (error) {
    if (isStoreError(error, 'ID_TAKEN') || isServiceError(error, 'RUN_IN_PROGRESS')) return false;
    throw error;
  }
}
