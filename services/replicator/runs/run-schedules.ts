import { isServiceError } from '@berth/contracts';
import { unlessConflict } from '@berth/document-store';
import type { PolicyDocument } from '../documents/policy.ts';
import type { Records } from '../records.ts';
import { nextDue } from './next-due.ts';
import { startScheduledRun } from './start-run.ts';

const PAGE = 100;

/**
 * Begins the runs that are due. The run has the id `policy.due` and is inserted before the schedule advances: so it begins once,
 * whichever copies try. What was missed meanwhile is made up for by one run.
 */
export async function runSchedules(records: Records): Promise<void> {
  for (let after: string | null | undefined; after !== null; ) {
    const page = await records.policies.page({
      ...{ index: 'byTrigger', equals: { trigger: 'scheduled' }, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const policy of page.items) if (policy.enabled) await runIfDue(records, policy);
    after = page.next;
  }
}

async function runIfDue(records: Records, policy: PolicyDocument): Promise<void> {
  const { schedules, clock } = records;
  const { id, schedule: cron } = policy;
  if (cron === undefined) return;
  const stored = await schedules.get(id);
  const isDue = stored !== null && stored.cron === cron && stored.dueAt <= clock();
  if (stored !== null && stored.cron === cron && !isDue) return;
  if (isDue) await begin(records, policy, stored.dueAt);
  const dueAt = nextDue(cron, clock());
  if (dueAt === null) return;
  const next = { cron, dueAt };
  await unlessConflict(
    stored === null ? schedules.insert(id, next) : schedules.replace({ ...stored, ...next }),
  );
}

async function begin(records: Records, policy: PolicyDocument, dueAt: number): Promise<void> {
  try {
    await startScheduledRun(records, policy, dueAt);
  } catch (error) {
    if (!isServiceError(error, 'RUN_IN_PROGRESS')) throw error;
    records.logger.warn('a scheduled run is left out: the one before is not done', { policy: policy.id });
  }
}
