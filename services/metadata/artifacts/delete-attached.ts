import { isServiceError } from '@berth/contracts';
import type { Page, Stored } from '@berth/document-store';
import { attachingTagsOf } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import { tagId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { ListedArtifact } from './find-referrer.ts';

/** How many attached artifacts one request or one round of repair deletes, those attached to them included. */
export const ATTACHED_AT_ONCE = 100;

/** Counts down over a whole deletion. */
export interface Budget {
  left: number;
}

const BATCH = 100;

/**
 * Deletes what is attached to an artifact that is on its way out, each with the same care as any artifact; whatever else
 * keeps one of them lets it stay. The owner must go after them: its document is what repair goes on from. False when
 * the budget ended before they did.
 */
export async function deleteAttached(
  facts: Facts,
  deletion: {
    readonly owner: Artifact & Stored;
    readonly budget: Budget;
    readonly deleteOne: (digest: string) => Promise<void>;
  },
): Promise<boolean> {
  const { owner, budget, deleteOne } = deletion;
  for await (const digest of attachedTo(facts, owner)) {
    if (budget.left <= 0) return false;
    try {
      await deleteOne(digest);
      budget.left--;
    } catch (error) {
      if (!isServiceError(error, 'ARTIFACT_REFERENCED', 'MANIFEST_UNKNOWN', 'PROTECTED')) throw error;
    }
  }
  return true;
}

/** Digests of signatures and the like by tag, of referrers, of children; some may be missing, or blobs. */
async function* attachedTo(facts: Facts, owner: Artifact & Stored): AsyncGenerator<string> {
  const tags = attachingTagsOf(owner.digest).map((tag) => tagId(owner.imageId, tag));
  for (const tag of await facts.tags.getMany(tags)) if (tag) yield tag.digest;
  let after: string | null = null;
  do {
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'bySubject',
      equals: { subjectId: owner.id },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    for (const referrer of page.items) if (referrer.state === 'live') yield referrer.digest;
    after = page.next;
  } while (after !== null);
  if (owner.kind === 'image') return;
  for (const id of owner.references) yield id.slice(id.lastIndexOf('@') + 1);
}
