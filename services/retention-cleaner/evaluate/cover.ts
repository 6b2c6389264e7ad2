import type { CleanupPolicySettings } from '@berth/contracts';
import { compileFilter } from '@berth/globs';
import type { Candidate } from './candidate.ts';

/** What the evaluation looks at. */
export type EvaluatedPolicy = Pick<CleanupPolicySettings, 'name' | 'tags' | 'untagged' | 'keep'> & {
  readonly id: string;
};

/** How a policy and an artifact meet: `whole` where all its tags match, so that it may go; `part` where some do, so that rules only keep it. */
export type Cover = 'whole' | 'part' | 'none';

/** Null for a policy that cannot be understood: that one keeps everything. */
export function coverOf(policy: EvaluatedPolicy): ((candidate: Candidate) => Cover) | null {
  try {
    const matches = compileFilter(policy.tags);
    return ({ tags }) => {
      if (tags.length === 0) return policy.untagged ? 'whole' : 'none';
      const matched = tags.filter(({ name }) => matches(name)).length;
      if (matched === 0) return 'none';
      return matched === tags.length ? 'whole' : 'part';
    };
  } catch {
    return null;
  }
}
