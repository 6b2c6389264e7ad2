import type { Candidate } from './candidate.ts';
import { type Cover, coverOf, type EvaluatedPolicy } from './cover.ts';
import type { Decision } from './decision.ts';
import { keptBy } from './keepers.ts';

export interface EvaluationTime {
  /** Epoch milliseconds from which days are counted back. */
  readonly now: number;
  /** Epoch milliseconds: what was pushed or tagged at that time or later stays, and takes nobody's place. */
  readonly begunAt: number;
  /** The id of the policy by which artifacts go; without it, any of them. */
  readonly deletingBy?: string;
}

/**
 * Decides for each artifact of one image whether it goes with its tags, without any I/O. It goes only where all its tags match
 * one policy, no rule of any policy that matches one of its tags keeps it, nothing protects it, nothing about it is unknown, no
 * index that names it stays, and it was pushed before the run began. Counts are artifacts of the image that the policy matches,
 * protected ones counted. Decisions are in the order of digests.
 */
export function evaluate(
  policies: readonly EvaluatedPolicy[],
  candidates: readonly Candidate[],
  time: EvaluationTime,
): Decision[] {
  const sorted = [...candidates].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const settled = new Map<string, Decision>();
  for (const candidate of sorted) {
    const decision = withoutPolicies(candidate, time.begunAt);
    if (decision) settled.set(candidate.digest, decision);
  }
  const ranked = sorted.filter(({ digest }) => (settled.get(digest)?.rule ?? 'protected') === 'protected');
  const byPolicies = decideByPolicies(policies, ranked, time);
  const decisions = sorted.map((candidate) => settled.get(candidate.digest) ?? byPolicies(candidate));
  return keepWhatSurvivorsName(decisions);
}

function keep(
  candidate: Candidate,
  rule: Decision['rule'],
  reason: string,
  policy: string | null = null,
): Decision {
  return { candidate, isKept: true, rule, policy, reason };
}

function withoutPolicies(candidate: Candidate, begunAt: number): Decision | null {
  const { unknown, isAttached, isProtected, pushedAt, tags } = candidate;
  if (isAttached) return keep(candidate, 'attached', 'goes with its owner, and only then');
  if (unknown !== undefined) return keep(candidate, 'unknown', unknown);
  // A time that cannot be read is not before the run.
  if (!(Date.parse(pushedAt) < begunAt)) return keep(candidate, 'changedSince', 'pushed since the run began');
  const moved = tags.find(({ updatedAt }) => !(Date.parse(updatedAt) < begunAt));
  if (moved) return keep(candidate, 'changedSince', `tag "${moved.name}" was moved since the run began`);
  if (isProtected) return keep(candidate, 'protected', 'a protection policy holds it');
  return null;
}

function decideByPolicies(
  policies: readonly EvaluatedPolicy[],
  ranked: readonly Candidate[],
  { now, deletingBy }: EvaluationTime,
): (candidate: Candidate) => Decision {
  const ordered = [...policies].sort((a, b) => (a.id < b.id ? -1 : 1));
  const broken = ordered.find((policy) => coverOf(policy) === null);
  if (broken)
    return (candidate) => keep(candidate, 'policyInvalid', 'the policy cannot be understood', broken.name);
  const keepers = ordered.flatMap((policy) => {
    const cover = coverOf(policy) ?? (() => 'none' as Cover);
    const covered = ranked.filter((candidate) => cover(candidate) !== 'none');
    return policy.keep.map((rule) => ({ policy, rule: rule.rule, kept: keptBy(rule, covered, now) }));
  });
  const covers = ordered.map((policy) => ({ policy, cover: coverOf(policy) ?? (() => 'none' as Cover) }));
  return (candidate) => {
    for (const { policy, rule, kept } of keepers) {
      const reason = kept.get(candidate.digest);
      if (reason !== undefined) return keep(candidate, rule, reason, policy.name);
    }
    const matching = covers.find(
      ({ policy, cover }) =>
        (deletingBy === undefined || policy.id === deletingBy) && cover(candidate) === 'whole',
    );
    if (!matching) return keep(candidate, 'notMatched', notMatchedReason(candidate));
    const { name } = matching.policy;
    return { candidate, isKept: false, rule: 'notKept', policy: name, reason: 'no rule keeps it' };
  };
}

function notMatchedReason({ tags }: Candidate): string {
  return tags.length === 0
    ? 'it has no tag, which the policy leaves alone'
    : 'not all its tags match the policy';
}

/** What an index names stays while the index does; as often round as it takes for indexes of indexes. */
function keepWhatSurvivorsName(decisions: readonly Decision[]): Decision[] {
  let current = [...decisions];
  for (;;) {
    const going = new Set(current.filter(({ isKept }) => !isKept).map(({ candidate }) => candidate.digest));
    let isChanged = false;
    current = current.map((decision) => {
      const { candidate, isKept } = decision;
      const survivor = isKept ? undefined : candidate.parents.find((parent) => !going.has(parent));
      if (survivor === undefined) return decision;
      isChanged = true;
      return keep(candidate, 'partOfSurvivor', `part of index ${survivor}, which stays`);
    });
    if (!isChanged) return current;
  }
}
