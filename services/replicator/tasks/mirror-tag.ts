import { retryConflict, unlessConflict } from '@berth/document-store';
import { isRegistryClientError, type RegistryClient } from '@berth/registry-client';
import type { CopyParts } from '../copy/copy-side.ts';
import type { Task } from '../documents/task.ts';
import { type TagPlace, type WrittenTag, writtenTagId } from '../documents/written-tag.ts';
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

export interface MirroredDeletion extends TagPlace {
  /** What the task itself wrote. */
  readonly wrote: Task['wrote'];
  readonly dryRun: boolean;
}

/**
 * Deletes a tag at the destination that is gone at the source: only one that this policy wrote there, or the task itself, and that
 * is still what it wrote. Null when there is none. A dry run only tells of it.
 */
export async function mirrorDeletion(
  { writtenTags }: Records,
  { destination: { client, repository } }: CopyParts,
  { wrote, dryRun, ...place }: MirroredDeletion,
): Promise<{
  readonly state: 'deleted' | 'planned';
  readonly digest: string;
  readonly reason?: string;
} | null> {
  const id = writtenTagId(place);
  const written = await writtenTags.get(id);
  const own = wrote?.tagId === id ? wrote.digest : undefined;
  if (written === null && own === undefined) return null;
  const there = await client.manifests.head(repository, place.tag, { isPush: true });
  const digest = [written?.digest, own].find((ours) => ours !== undefined && ours === there?.digest);
  if (dryRun)
    return digest === undefined ? null : { state: 'planned', digest, reason: 'it would be deleted there' };
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
