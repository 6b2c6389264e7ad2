import type { KeepRule } from '@berth/contracts';
import type { Candidate } from '../evaluate/candidate.ts';
import type { EvaluatedPolicy } from '../evaluate/cover.ts';

export const DAY_MS = 24 * 60 * 60 * 1_000;
export const NOW = Date.parse('2026-06-30T12:00:00Z');

export const daysAgo = (days: number): string => new Date(NOW - days * DAY_MS).toISOString();

/** An artifact that was pushed so many days ago, under tags. */
export function pushed(
  digest: string,
  days: number,
  tags: readonly string[],
  more: Partial<Candidate> = {},
): Candidate {
  const updatedAt = daysAgo(days);
  return {
    digest,
    pushedAt: updatedAt,
    lastPulledAt: null,
    tags: tags.map((name) => ({ name, updatedAt, lastPulledAt: null })),
    isProtected: false,
    isAttached: false,
    parents: [],
    ...more,
  };
}

export function policy(keep: readonly KeepRule[], more: Partial<EvaluatedPolicy> = {}): EvaluatedPolicy {
  return { id: 'p', name: 'tidy', tags: { match: ['**'] }, untagged: false, keep: [...keep], ...more };
}
