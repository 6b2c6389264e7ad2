import { isStoreError } from '@berth/document-store';
import type { LinkDocument } from '../documents/blob.ts';
import type { Facts } from '../facts.ts';
import type { ListedArtifact } from './find-referrer.ts';

/**
 * The sweep is to ask whether the links of an artifact that goes are still needed. They are written while the artifact is there,
 * as `deleting`: a sweep that saw it live before, and was about to take the link out of review, then loses by version. Worth
 * nothing without the removal that follows, so relaxed. Whoever repeats the deletion repeats this.
 */
export async function putLinksUnderReview(
  facts: Facts,
  { references }: Pick<ListedArtifact, 'references'>,
): Promise<void> {
  for (let ids = references; ids.length > 0; ) {
    // Children among the references have no link of that id, unless they were stored as blobs too.
    const found = (await facts.links.getMany(ids)).filter((link): link is LinkDocument => link !== null);
    const reviewAt = facts.clock();
    const writes = found.map((link) => facts.links.write.replace({ ...link, reviewAt }, { relaxed: true }));
    try {
      await facts.store.writeMany(writes);
      return;
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
      ids = found.slice(Number(error.detail.index)).map(({ id }) => id);
    }
  }
}
