import { putLinksUnderReview } from '../artifacts/put-links-under-review.ts';
import type { ListedDeleted } from '../documents/deleted-artifact.ts';
import { artifactGone, type Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

export interface Purge {
  readonly scope: RepositoryScope;
  readonly deleted: ListedDeleted;
  readonly origin: Origin;
}

/**
 * Takes a deleted artifact out of the recycle bin for good, with `artifact.purged` in that write. The next sweep looks at what
 * nothing else needs, or the one at the end of its time where a crash comes between. StoreError VERSION_CONFLICT when it was
 * restored or deleted again meanwhile.
 */
export async function purgeArtifact(facts: Facts, { scope, deleted, origin }: Purge): Promise<void> {
  const attached = deleted.attachedTo !== undefined;
  const told = { type: 'artifact.purged', scope, artifact: deleted, attached, origin } as const;
  const events = (sequence: number) => [artifactGone(facts, { ...told, sequence })];
  await facts.deletedArtifacts.remove(deleted, { events });
  await facts.step('artifact-purged');
  await putLinksUnderReview(facts, deleted);
}
