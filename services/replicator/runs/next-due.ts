import { Cron } from 'croner';

/** The first time after `afterMs` that a cron expression names, in UTC (epoch milliseconds); null when there is none. Error with the reason for one that is none. */
export function nextDue(expression: string, afterMs: number): number | null {
  return (
    new Cron(expression, { timezone: 'UTC', mode: '5-part' }).nextRun(new Date(afterMs))?.getTime() ?? null
  );
}
