/** What is known of one artifact of an image when a policy is evaluated. Times are RFC 3339, UTC. */
export interface Candidate {
  readonly digest: string;
  readonly pushedAt: string;
  /** The newest pull of it or of one of its tags; null: never. */
  readonly lastPulledAt: string | null;
  readonly tags: readonly CandidateTag[];
  /** A protection policy holds it. */
  readonly isProtected: boolean;
  /** It lives and goes with an owner: a child of an index, a referrer, a signature by its tag. */
  readonly isAttached: boolean;
  /** Digests of the indexes that name it. */
  readonly parents: readonly string[];
  /** What could not be found out: it stays. */
  readonly unknown?: string | undefined;
}

export interface CandidateTag {
  readonly name: string;
  readonly updatedAt: string;
  readonly lastPulledAt: string | null;
}

/**
 * When it was used last, epoch milliseconds. One that was never pulled counts as pulled when it was pushed; one that was pushed
 * again after its last pull as well, since that is a newer wish.
 */
export function usedAt({ pushedAt, lastPulledAt }: Pick<Candidate, 'pushedAt' | 'lastPulledAt'>): number {
  return Math.max(Date.parse(pushedAt), lastPulledAt === null ? 0 : Date.parse(lastPulledAt));
}
