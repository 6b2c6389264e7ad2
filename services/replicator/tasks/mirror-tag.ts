import { retryConflict, unlessConflict } from '@berth/document-store';
import { isRegistryClientError, type RegistryClient } from '@berth/registry-client';
import type { CopyParts } from '../copy/copy-side.ts';
import { type WrittenTag, writtenTagId } from '../documents/written-tag.ts';
import type { Records } from '../records.ts';

/** Notes what a policy wrote at the destination. Also where it says so already: whoever looks at the older note is then too late. */
export async function noteWritten({ writtenTags }: Records, written: WrittenTag): Promise<void> {
  const id = writtenTagId(written);
  await retryConflict(`written tag ${id}`, async () => {
    const known = await writtenTags.get(id);
    if (known === null) await writtenTags.insert(id, written);
    else await writtenTags.replace({ ...known, ...written });
  });
}

/**
 * Deletes a tag at the destination that is gone at the source: only one that this policy wrote, or the task itself (`wrote`), and that
 * is still what it wrote. Null when there is none.
 */
export async function mirrorDeletion(
  { writtenTags }: Records,
  { destination: { client, repository } }: CopyParts,
  { wrote, ...place }: Omit<WrittenTag, 'digest'> & { readonly wrote: string | undefined },
): Promise<{ readonly state: 'deleted'; readonly digest: string } | null> {
  const written = await writtenTags.get(writtenTagId(place));
  if (written === null && wrote === undefined) return null;
  const there = await client.manifests.head(repository, place.tag, { isPush: true });
  const digest = [written?.digest, wrote].find((ours) => ours !== undefined && ours === there?.digest);
  if (digest !== undefined) await deleteTag(client, repository, place.tag);
  if (written !== null) await unlessConflict(writtenTags.remove(written));
  return digest === undefined ? null : { state: 'deleted', digest };
}

async function deleteTag(client: RegistryClient, repository: string, tag: string): Promise<void> {
  try {
    await client.manifests.delete(repository, tag);
  } catch (error) {
    if (!isRegistryClientError(error, 404)) throw error; // somebody else was faster
  }
}
