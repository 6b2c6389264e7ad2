import type { UnfinishedWrite } from '@berth/blob-store';
import { findKeysInUse, reviewBlobs, reviewLinks, reviewUploads } from '@berth/contracts';
import { deleteKeys } from './delete-keys.ts';
import type { Gain } from './progress.ts';
import { BATCH, BATCH_TIME, type SweepParts, type SweepStep } from './sweep-parts.ts';

/** A part of a sweep that can be begun again by itself. */
export type SweepStage = () => AsyncGenerator<SweepStep>;

/**
 * A storage sweep (architecture §4), stage by stage, each batch by batch in bounded memory: links, blobs and uploads that are due for
 * review, the bytes of what was discarded, then what dead writers left. Ending it between two batches loses nothing; beginning again
 * goes on from there. A batch of keys ends early when `ending` says so.
 */
export function sweepStages(parts: SweepParts, ending: AbortSignal): readonly SweepStage[] {
  const { caller } = parts;
  const request = { limit: BATCH };
  return [
    () =>
      untilDone(async () => {
        const { isMore, ...links } = await caller.call(reviewLinks, request, BATCH_TIME);
        return { isMore, gain: { links } };
      }),
    () =>
      untilDone(async () => {
        const { isMore, ...blobs } = await caller.call(reviewBlobs, request, BATCH_TIME);
        return { isMore, gain: { blobs } };
      }),
    () =>
      untilDone(async () => {
        const { isMore, ...uploads } = await caller.call(reviewUploads, request, BATCH_TIME);
        return { isMore, gain: { uploads } };
      }),
    () => deleteKeys(parts, ending),
    () => discardUnfinishedWrites(parts),
  ];
}

async function* untilDone(review: () => Promise<{ isMore: boolean; gain: Gain }>): AsyncGenerator<SweepStep> {
  for (let isMore = true; isMore; ) {
    const done = await review();
    isMore = done.isMore;
    yield { gain: done.gain, handled: isMore ? BATCH : 1, isProgress: true };
  }
}

/** Never what an open upload may still go on from. */
async function* discardUnfinishedWrites(parts: SweepParts): AsyncGenerator<SweepStep> {
  const startedBefore = new Date(parts.clock() - parts.graceMs);
  let batch: UnfinishedWrite[] = [];
  for await (const unfinished of parts.blobs.listUnfinished({ startedBefore })) {
    batch.push(unfinished);
    if (batch.length < BATCH) continue;
    yield await discardBatch(parts, batch);
    batch = [];
  }
  if (batch.length > 0) yield await discardBatch(parts, batch);
}

async function discardBatch(
  { caller, blobs }: SweepParts,
  batch: readonly UnfinishedWrite[],
): Promise<SweepStep> {
  const { open } = await caller.call(findKeysInUse, { keys: batch.map(({ key }) => key) });
  const needed = new Set(open);
  let discarded = 0;
  for (const unfinished of batch) {
    if (needed.has(unfinished.key)) continue;
    await blobs.discardUnfinished(unfinished);
    discarded++;
  }
  const unfinishedWrites = { discarded, kept: batch.length - discarded };
  return { gain: { unfinishedWrites }, handled: batch.length, isProgress: discarded > 0 };
}
