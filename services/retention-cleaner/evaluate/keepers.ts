import type { KeepRule } from '@berth/contracts';
import { type Candidate, usedAt } from './candidate.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Those of the candidates that a rule keeps, by digest, each with the reason. */
export function keptBy(
  rule: KeepRule,
  covered: readonly Candidate[],
  now: number,
): ReadonlyMap<string, string> {
  switch (rule.rule) {
    case 'always':
      return kept(covered, () => 'the policy keeps all that it matches');
    case 'latestPushed':
      return kept(
        newest(covered, pushedAt).slice(0, rule.count),
        (_, place) => `number ${place + 1} of the ${rule.count} pushed last`,
      );
    case 'latestPulled':
      return kept(
        newest(covered, usedAt).slice(0, rule.count),
        (_, place) => `number ${place + 1} of the ${rule.count} pulled last`,
      );
    case 'pushedWithin':
      return kept(
        within(covered, pushedAt, now - rule.days * DAY_MS),
        () => `pushed within ${rule.days} days`,
      );
    case 'pulledWithin':
      return kept(within(covered, usedAt, now - rule.days * DAY_MS), ({ lastPulledAt }) =>
        lastPulledAt === null
          ? `never pulled, and pushed within ${rule.days} days`
          : `pulled or pushed within ${rule.days} days`,
      );
    default:
      throw new TypeError(`rule "${(rule satisfies never as KeepRule).rule}" is not known`);
  }
}

function pushedAt(candidate: Candidate): number {
  return Date.parse(candidate.pushedAt);
}

/** Ties go by digest, so that the order in which candidates come never matters. */
function newest(candidates: readonly Candidate[], timeOf: (candidate: Candidate) => number): Candidate[] {
  const order = (a: Candidate, b: Candidate) => timeOf(b) - timeOf(a) || (a.digest < b.digest ? -1 : 1);
  return [...candidates].sort(order);
}

function within(
  candidates: readonly Candidate[],
  timeOf: (candidate: Candidate) => number,
  since: number,
): Candidate[] {
  return candidates.filter((candidate) => timeOf(candidate) >= since);
}

function kept(
  candidates: readonly Candidate[],
  reason: (candidate: Candidate, place: number) => string,
): ReadonlyMap<string, string> {
  return new Map(candidates.map((candidate, place) => [candidate.digest, reason(candidate, place)]));
}
