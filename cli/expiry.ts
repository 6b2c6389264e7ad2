import { UsageError } from './usage-error.ts';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * `30d`, `12h`, `2w` from now, or a time such as `2030-01-31` or `2030-01-31T12:00:00Z`, as RFC 3339 in UTC; `never` is null.
 *
 * @throws UsageError
 */
export function parseExpiry(given: string, now: Date): string | null {
  if (given === 'never') return null;
  const time = parseTime(given, now, 1);
  if (time.getTime() <= now.getTime()) throw new UsageError(`"${given}" is not in the future`);
  return time.toISOString();
}

/** A time, or with `7d` so long ago. @throws UsageError */
export function parsePast(given: string, now: Date): string {
  return parseTime(given, now, -1).toISOString();
}

function parseTime(given: string, now: Date, direction: 1 | -1): Date {
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(given) ?? [];
  const isTime = /^\d{4}-\d{2}-\d{2}(T.+)?$/.test(given) && !Number.isNaN(Date.parse(given));
  if (count === undefined && !isTime)
    throw new UsageError(`"${given}" is no time: 30d, 12h, or 2030-01-31T12:00:00Z`);
  if (count === undefined) return new Date(given);
  return new Date(now.getTime() + direction * Number(count) * (UNIT_MS[unit] ?? 0));
}
