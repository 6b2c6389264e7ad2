import { putLinksUnderReview } from '../artifacts/put-links-under-review.ts';
import type { ListedDeleted } from '../documents/deleted-artifact.ts';
import type { Facts } from '../facts.ts';

/**
 * Takes a deleted artifact out of the recycle bin for good: the next sweep frees what nothing else needs, or the one at the end
 * of its time where a crash comes between. StoreError VERSION_CONFLICT when it was restored or deleted again meanwhile.
 */
export async function purgeArtifact(facts: Facts, deleted: ListedDeleted): Promise<void> {
  await facts.deletedArtifacts.remove(deleted);
  await facts.step('artifact-purged');
  await putLinksUnderReview(facts, deleted);
}
