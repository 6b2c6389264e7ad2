import { Cron } from 'croner';

/** Epoch milliseconds of the next time after `after`. Throws for what is no schedule or never comes. */
export function nextTime(
  { schedule, timeZone }: { readonly schedule: string; readonly timeZone: string },
  after: number,
): number {
  const next = new Cron(schedule, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(
    new Date(after),
  );
  if (next === null) throw new RangeError(`schedule "${schedule}" never comes`);
  return next.getTime();
}
