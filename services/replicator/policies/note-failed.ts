import { unlessConflict } from '@berth/document-store';
import { type FailedTag, failedTagId } from '../documents/failed-tag.ts';
import type { RunDocument } from '../documents/run.ts';
import type { Records } from '../records.ts';

const PAGE = 200;

/** Notes that a tag is behind since then; where it was already, since before. */
export async function noteFailed({ failedTags }: Records, failed: FailedTag): Promise<void> {
  await unlessConflict(failedTags.insert(failedTagId(failed), failed, { relaxed: true }));
}

/** Forgets that it was: it has been copied since, or is gone. */
export async function forgetFailed({ failedTags }: Records, tag: Omit<FailedTag, 'since'>): Promise<void> {
  const known = await failedTags.get(failedTagId(tag));
  if (known !== null) await unlessConflict(failedTags.remove(known, { relaxed: true }));
}

/** After a run over all tags that failed at none: what was behind before it and was not in it is gone at the source. */
export async function forgetFailedBefore({ failedTags }: Records, run: RunDocument): Promise<void> {
  for (;;) {
    const { items, next } = await failedTags.page({
      ...{ index: 'byPolicy', equals: { policyId: run.policyId } },
      ...{ range: { lt: run.createdAt }, limit: PAGE },
    });
    for (const failed of items) await unlessConflict(failedTags.remove(failed, { relaxed: true }));
    if (next === null) return;
  }
}
