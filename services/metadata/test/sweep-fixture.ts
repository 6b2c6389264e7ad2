import type { Facts } from '../facts.ts';
import { forgetDiscardedKeys, listDiscardedKeys } from '../sweep/discarded-keys.ts';
import { reviewBlobs } from '../sweep/review-blobs.ts';
import { reviewLinks } from '../sweep/review-links.ts';
import { reviewUploads } from '../sweep/review-uploads.ts';
import { type Fixture, MINUTE_MS } from './fixture.ts';

/** Longer than the grace period, and than an upload lives. */
export const DAY_MS = 25 * 60 * MINUTE_MS;

/** Keys of bytes that were deleted. */
export type Freed = string[];

/** One sweep as the cleaner does it, in pages of two; the keys whose bytes it deletes. */
export async function sweep(facts: Facts): Promise<Freed> {
  while ((await reviewLinks(facts, 2)).isMore);
  while ((await reviewBlobs(facts, 2)).isMore);
  while ((await reviewUploads(facts, 2)).isMore);
  const freed: Freed = [];
  let after: string | undefined;
  do {
    const { items, next } = await listDiscardedKeys(facts, { limit: 2, after });
    freed.push(...items.flatMap(({ keys }) => keys.map(({ key }) => key)));
    await forgetDiscardedKeys(facts, items);
    after = next ?? undefined;
  } while (after !== undefined);
  return freed;
}

/** Sweeps until all that nothing needs is gone: the grace period, the quarantine and a claim pass between. */
export async function sweepOut(fixture: Fixture): Promise<Freed> {
  const freed: Freed = [];
  for (let round = 0; round < 4; round++) {
    fixture.advance(DAY_MS);
    freed.push(...(await sweep(fixture.facts)));
  }
  return freed;
}

/** How many documents hold storage. */
export async function storedNow({
  facts,
}: Fixture): Promise<{ links: number; blobs: number; uploads: number }> {
  const count = async (collection: { page: Facts['links']['page'] } | Facts['blobs'] | Facts['uploads']) =>
    (await collection.page({ index: 'id', limit: 1_000 })).items.length;
  return {
    links: await count(facts.links),
    blobs: await count(facts.blobs),
    uploads: await count(facts.uploads),
  };
}
