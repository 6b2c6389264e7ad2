import { isStoreError, type Page } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { discarded } from '../uploads/discard-upload.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';
import { dueForReview, outOfReview } from './due.ts';
import { setLeftBehindAside } from './left-behind.ts';
import { reviewEach } from './review-each.ts';

export interface UploadReview {
  abandoned: number;
  unnamed: number;
  readonly kept: { named: number; changed: number };
  isMore: boolean;
}

type Outcome = 'abandoned' | 'unnamed' | keyof UploadReview['kept'];

/**
 * Reviews committed uploads that are due and open ones that nobody went on with: those whose key no blob came to name, and those
 * that were left open for longer than they live, become discarded.
 */
export async function reviewUploads(facts: Facts, limit: number): Promise<UploadReview> {
  const committed = await dueForReview(facts, facts.uploads, limit);
  const open = await abandoned(facts, limit);
  const review: UploadReview = {
    abandoned: 0,
    unnamed: 0,
    kept: { named: 0, changed: 0 },
    isMore: committed.length === limit || open.length === limit,
  };
  const count = (outcome: Outcome): void => {
    if (outcome === 'abandoned' || outcome === 'unnamed') review[outcome]++;
    else review.kept[outcome]++;
  };
  await reviewEach(committed, async (upload) => {
    count(await pastConflict(() => reviewCommitted(facts, upload)));
  });
  await reviewEach(open, async (upload) => {
    count(await pastConflict(() => discard(facts, upload, 'abandoned')));
  });
  return review;
}

async function pastConflict(story: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await story();
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) return 'changed';
    throw error;
  }
}

/** Open, and unchanged for longer than they live. A writer renews its claim, and thereby changes it. */
async function abandoned(facts: Facts, limit: number): Promise<readonly UploadDocument[]> {
  const now = facts.clock();
  const { items }: Page<UploadDocument> = await facts.uploads.page({
    index: 'byState',
    equals: { state: 'open' },
    range: { lt: now - facts.settings.uploadTtlMs },
    limit,
  });
  return items.filter(({ leaseUntil }) => leaseUntil === undefined || leaseUntil <= now);
}

async function reviewCommitted(facts: Facts, upload: UploadDocument): Promise<Outcome> {
  const blob = upload.digest === undefined ? null : await facts.blobs.get(upload.digest);
  await facts.step('upload-unnamed');
  if (blob?.uploadId !== upload.id) return await discard(facts, upload, 'unnamed');
  if (blob.state === 'condemned') {
    const reviewAt = facts.clock() + facts.settings.sweepQuarantineMs;
    await facts.uploads.replace({ ...upload, reviewAt }, { relaxed: true });
    return 'named';
  }
  await facts.uploads.replace(outOfReview(await setLeftBehindAside(facts, upload)));
  return 'named';
}

async function discard(
  facts: Facts,
  upload: UploadDocument,
  outcome: 'abandoned' | 'unnamed',
): Promise<Outcome> {
  await facts.uploads.replace(discarded(upload, facts.clock()));
  return outcome;
}
