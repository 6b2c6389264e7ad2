import { isStoreError } from '@berth/document-store';
import type { BlobDocument } from '../blobs/link-blob.ts';
import type { LinkDocument } from '../documents/blob.ts';
import type { Facts } from '../facts.ts';
import { discarded } from '../uploads/discard-upload.ts';
import { dueForReview, outOfReview } from './due.ts';
import { reviewEach } from './review-each.ts';

export interface BlobReview {
  condemned: number;
  removed: number;
  removedBytes: number;
  readonly kept: { linked: number; changed: number };
  isMore: boolean;
}

/**
 * Reviews blobs that may have lost their last link. One without links is condemned; after the quarantine, still without, it is
 * removed, and its upload becomes discarded. Whoever links it meanwhile makes it live again, by version.
 */
export async function reviewBlobs(facts: Facts, limit: number): Promise<BlobReview> {
  const due = await dueForReview(facts, facts.blobs, limit);
  const review: BlobReview = {
    condemned: 0,
    removed: 0,
    removedBytes: 0,
    kept: { linked: 0, changed: 0 },
    isMore: due.length === limit,
  };
  await reviewEach(due, async (blob) => {
    try {
      await reviewBlob(facts, blob, review);
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
      review.kept.changed++;
    }
  });
  return review;
}

async function reviewBlob(facts: Facts, blob: BlobDocument, review: BlobReview): Promise<void> {
  const link = await findLink(facts, blob.id);
  await facts.step('blob-unlinked');
  if (link) {
    await keepLinked(facts, blob, link);
    review.kept.linked++;
  } else if (blob.state === 'live') {
    if (await condemn(facts, blob)) review.condemned++;
    else review.kept.linked++;
  } else {
    await removeBlob(facts, blob);
    review.removed++;
    review.removedBytes += blob.sizeBytes;
  }
}

async function findLink(facts: Facts, digest: string): Promise<LinkDocument | null> {
  const { items } = await facts.links.page({ index: 'byDigest', equals: { digest }, limit: 1 });
  return items[0] ?? null;
}

/** Out of review, unless the link is about to go itself: then it is asked for again. */
async function keepLinked(facts: Facts, blob: BlobDocument, link: LinkDocument): Promise<void> {
  const kept = { ...outOfReview(blob), state: 'live' } as const;
  const reviewAt = facts.clock() + facts.settings.sweepQuarantineMs;
  await facts.blobs.replace(link.state === 'live' ? kept : { ...kept, reviewAt });
}

/** Whoever links it from now on sees that it is condemned; whoever did just before is seen by looking again. */
async function condemn(facts: Facts, blob: BlobDocument): Promise<boolean> {
  const reviewAt = facts.clock() + facts.settings.sweepQuarantineMs;
  const condemned = await facts.blobs.replace({ ...blob, state: 'condemned', reviewAt });
  await facts.step('blob-condemned');
  const link = await findLink(facts, blob.id);
  await facts.step('blob-unneeded');
  if (!link) return true;
  await keepLinked(facts, condemned, link);
  return false;
}

/**
 * The upload comes under review before the blob is gone, so that a crash between leaves nobody's key unfound; a review of it that
 * comes between finds the condemned blob, and waits.
 */
export async function removeBlob(facts: Facts, blob: BlobDocument): Promise<void> {
  const upload = await facts.uploads.get(blob.uploadId);
  const reviewed = upload && (await facts.uploads.replace({ ...upload, reviewAt: facts.clock() }));
  await facts.step('upload-under-review');
  await facts.blobs.remove(blob);
  await facts.step('blob-removed');
  if (reviewed) await facts.uploads.replace(discarded(reviewed, facts.clock()));
}
