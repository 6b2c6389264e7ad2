import { isStoreError } from '@berth/document-store';
import { findReferrer } from '../artifacts/find-referrer.ts';
import { dropLink } from '../blobs/drop-link.ts';
import type { LinkDocument } from '../documents/blob.ts';
import type { Facts } from '../facts.ts';
import { neededByBinUntil } from '../recycle-bin/find-in-bin.ts';
import { dueForReview, outOfReview } from './due.ts';
import { reviewEach } from './review-each.ts';

export interface LinkReview {
  removed: number;
  readonly kept: { named: number; recent: number; inRecycleBin: number; changed: number };
  isMore: boolean;
}

type Outcome = 'removed' | keyof LinkReview['kept'];

/**
 * Reviews links that are due: those that nobody relied on for the grace period and no artifact names are removed. What a live
 * artifact names leaves the review until that artifact goes, and the recycle bin keeps what can be restored. Each race with a
 * pusher ends in the pusher's favour.
 */
export async function reviewLinks(facts: Facts, limit: number): Promise<LinkReview> {
  const due = await dueForReview(facts, facts.links, limit);
  const review: LinkReview = {
    removed: 0,
    kept: { named: 0, recent: 0, inRecycleBin: 0, changed: 0 },
    isMore: due.length === limit,
  };
  await reviewEach(due, async (link) => {
    const outcome = await reviewLink(facts, link);
    if (outcome === 'removed') review.removed++;
    else review.kept[outcome]++;
  });
  return review;
}

async function reviewLink(facts: Facts, link: LinkDocument): Promise<Outcome> {
  const { sweepGraceMs } = facts.settings;
  const graceEndsAt = link.touchedAt + sweepGraceMs;
  try {
    if (graceEndsAt > facts.clock()) {
      await facts.links.replace({ ...link, reviewAt: graceEndsAt }, { relaxed: true });
      return 'recent';
    }
    const artifact = await findReferrer(facts, link.id);
    await facts.step('link-reviewed');
    if (artifact?.state === 'live') {
      await facts.links.replace({ ...outOfReview(link), state: 'live' }, { relaxed: true });
      return 'named';
    }
    if (artifact) {
      const reviewAt = facts.clock() + sweepGraceMs;
      await facts.links.replace({ ...link, state: 'live', reviewAt }, { relaxed: true });
      return 'named';
    }
    // After the artifacts: one that is deleted is in the bin before it goes.
    const binUntil = await neededByBinUntil(facts, link.id);
    if (binUntil !== undefined) {
      await facts.links.replace({ ...link, state: 'live', reviewAt: binUntil }, { relaxed: true });
      return 'inRecycleBin';
    }
    return (await dropLink(facts, link)) ? 'named' : 'removed';
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) return 'changed';
    throw error;
  }
}
