import type { Candidate } from './candidate.ts';

/** What a run is to do with an artifact and its tags, and why. */
export interface Decision {
  readonly candidate: Candidate;
  readonly isKept: boolean;
  readonly rule: DecisionRule;
  /** The name of the policy whose rule it is; null where no policy decides. */
  readonly policy: string | null;
  /** For people. */
  readonly reason: string;
}

/** A keep rule, what keeps regardless of policies, or `notKept` for what goes. */
export type DecisionRule =
  | 'always'
  | 'latestPushed'
  | 'latestPulled'
  | 'pushedWithin'
  | 'pulledWithin'
  | 'protected'
  | 'attached'
  | 'partOfSurvivor'
  | 'unknown'
  | 'changedSince'
  | 'notMatched'
  | 'policyInvalid'
  | 'notKept';
