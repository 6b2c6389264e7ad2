import { retryConflict, unlessConflict } from '@berth/document-store';
import type { CopyParts } from '../copy/copy-side.ts';
import { type WrittenTag, writtenTagId } from '../documents/written-tag.ts';
import type { Records } from '../records.ts';

/** Notes what a policy wrote at the destination. A crash before it costs a deletion, never an image. */
export async function noteWritten({ writtenTags }: Records, written: WrittenTag): Promise<void> {
  const id = writtenTagId(written);
  await retryConflict(`written tag ${id}`, async () => {
    const known = await writtenTags.get(id);
    if (known === null) await writtenTags.insert(id, written);
    else if (known.digest !== written.digest) await writtenTags.replace({ ...known, ...written });
  });
}

/**
 * Deletes a tag at the destination that is gone at the source: only one that this policy wrote, and that is still what it wrote.
 * Null when there is none.
 */
export async function mirrorDeletion(
  { writtenTags }: Records,
  { destination: { client, repository } }: CopyParts,
  place: Omit<WrittenTag, 'digest'>,
): Promise<{ readonly state: 'deleted'; readonly digest: string } | null> {
  const written = await writtenTags.get(writtenTagId(place));
  if (written === null) return null;
  const there = await client.manifests.head(repository, place.tag, { isPush: true });
  const isOurs = there !== null && there.digest === written.digest;
  if (isOurs) await client.manifests.delete(repository, place.tag);
  await unlessConflict(writtenTags.remove(written));
  return isOurs ? { state: 'deleted', digest: written.digest } : null;
}
