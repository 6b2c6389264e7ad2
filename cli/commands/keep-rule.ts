import type { KeepRule } from '@berth/contracts';
import { UsageError } from '../usage-error.ts';

/** `latestPushed=10`, `pulledWithin=90d`, `always`. UsageError for anything else. */
export function readKeepRule(text: string): KeepRule {
  const [, rule = '', number = ''] = /^([A-Za-z]+)(?:=(\d+)d?)?$/.exec(text) ?? [];
  if (rule === 'always' && number === '') return { rule };
  if ((rule === 'latestPushed' || rule === 'latestPulled') && number !== '')
    return { rule, count: Number(number) };
  if ((rule === 'pushedWithin' || rule === 'pulledWithin') && number !== '')
    return { rule, days: Number(number) };
  throw new UsageError(
    `--keep "${text}" is no rule: always, latestPushed=<count>, latestPulled=<count>, pushedWithin=<days>d, pulledWithin=<days>d`,
  );
}

export function showKeepRule(keep: KeepRule): string {
  if ('count' in keep) return `${keep.rule}=${keep.count}`;
  return 'days' in keep ? `${keep.rule}=${keep.days}d` : keep.rule;
}
