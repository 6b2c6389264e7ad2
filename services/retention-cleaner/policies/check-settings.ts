import { createHash } from 'node:crypto';
import { type CleanupPolicySettings, ServiceError } from '@berth/contracts';
import { compileFilter, GlobError } from '@berth/globs';
import { nextTime } from './next-time.ts';

/** `+02:00`: a number of hours, which the change of the clocks does not move. */
const OFFSET = /^[+-]/;
const FIELDS = 5;

/** What no schema says of settings. GLOB_INVALID; REQUEST_INVALID for a schedule or a time zone that is none. */
export function checkSettings(settings: CleanupPolicySettings): void {
  for (const field of ['images', 'tags'] as const) {
    try {
      compileFilter(settings[field]);
    } catch (error) {
      if (!(error instanceof GlobError)) throw error;
      const violations = [{ path: `/${field}`, message: error.message }];
      throw new ServiceError('GLOB_INVALID', `${field}: ${error.message}`, {
        detail: { pattern: error.pattern, violations },
        cause: error,
      });
    }
  }
  const { timeZone, schedule } = settings;
  check('/timeZone', `"${timeZone}" must be a time zone of the IANA list, like "Europe/Berlin"`, () => {
    if (OFFSET.test(timeZone)) throw new RangeError('an offset is no time zone');
    new Intl.DateTimeFormat('en', { timeZone });
  });
  if (schedule === undefined) return;
  const rule = `"${schedule}" must be five fields of cron, like "30 3 * * 1", for a time that comes`;
  check('/schedule', rule, () => {
    if (schedule.trim().split(/\s+/).length !== FIELDS) throw new RangeError('not five fields');
    nextTime({ schedule, timeZone }, Date.now());
  });
}

function check(path: string, message: string, attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    const detail = { violations: [{ path, message }] };
    throw new ServiceError('REQUEST_INVALID', `the policy is not valid: ${path} ${message}`, {
      detail,
      cause: error,
    });
  }
}

/** The same for policies that say the same of images, tags and what stays, however it is written down. */
export function rulesOf({ images, tags, untagged, keep }: CleanupPolicySettings): string {
  const once = (texts: readonly string[]) => [...new Set(texts)].sort();
  const filter = ({ match, exclude = [] }: CleanupPolicySettings['images']) => [once(match), once(exclude)];
  const rules = once(keep.map((rule) => JSON.stringify(Object.entries(rule).sort())));
  const text = JSON.stringify([filter(images), filter(tags), untagged, rules]);
  return createHash('sha256').update(text).digest('hex');
}
