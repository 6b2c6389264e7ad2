import { isServiceError } from '@berth/contracts';
import { isStoreError, unlessConflict } from '@berth/document-store';
import type { ScheduleDocument } from '../documents/schedule.ts';
import type { Records } from '../records.ts';
import { BERTH, startSweep } from './start-sweep.ts';

const SCHEDULE = 'sweep';

/**
 * Starts the sweep that is due, if one is: the sweep is stored under the time that it was due, and only then the schedule moves on, so
 * that of several copies one starts it, also when one dies between. Times missed while all were down count as one. Says whether one was
 * started by this copy.
 */
export async function scheduleSweeps(records: Records, everyMs: number): Promise<boolean> {
  const now = records.clock();
  const schedule = (await records.schedules.get(SCHEDULE)) ?? (await begin(records, now + everyMs));
  const { dueAt } = schedule;
  if (dueAt > now) {
    // A shorter interval than before holds at once.
    const latest = now + everyMs;
    if (dueAt > latest) await unlessConflict(records.schedules.replace({ ...schedule, dueAt: latest }));
    return false;
  }
  const isStarted = await startOnce(records, dueAt);
  const nextDueAt = dueAt + Math.ceil((now + 1 - dueAt) / everyMs) * everyMs;
  await unlessConflict(records.schedules.replace({ ...schedule, dueAt: nextDueAt }));
  return isStarted;
}

async function startOnce(records: Records, dueAt: number): Promise<boolean> {
  try {
    await startSweep(records, { trigger: 'scheduled', actor: BERTH, id: `${SCHEDULE}-${dueAt}` });
    return true;
  } catch (error) {
    if (isStoreError(error, 'ID_TAKEN') || isServiceError(error, 'RUN_IN_PROGRESS')) return false;
    throw error;
  }
}

async function begin(records: Records, dueAt: number): Promise<ScheduleDocument> {
  await unlessConflict(records.schedules.insert(SCHEDULE, { dueAt }));
  const schedule = await records.schedules.get(SCHEDULE);
  if (schedule === null) throw new Error('the schedule of the sweep cannot be stored');
  return schedule;
}
