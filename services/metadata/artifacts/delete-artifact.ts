import { isStoreError, type Stored } from '@berth/document-store';
import type { Artifact } from '../documents/artifact.ts';
import { artifactId } from '../documents/ids.ts';
import { artifactDeleted, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { countOfArtifact } from '../images/count-artifacts.ts';
import { forgetPulls } from '../pulls/forget-pulls.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { retryConflict } from '../retry-conflict.ts';
import { firstTags } from '../tags/first-tags.ts';
import { removeTags } from '../tags/remove-tags.ts';
import { assertNoParent } from './assert-no-parent.ts';
import { manifestUnknown } from './manifest-unknown.ts';
import { putBack } from './put-back.ts';
import { readListed } from './read-listed.ts';

export interface ArtifactDeletion {
  readonly scope: RepositoryScope;
  readonly digest: string;
  readonly origin: Origin;
}

type ArtifactDocument = Artifact & Stored;

/**
 * Deletes an artifact with its tags (architecture §4): guard, `deleting`, guard once more, tags, artifact. A push of
 * it at the same moment revives it and wins. MANIFEST_UNKNOWN, ARTIFACT_REFERENCED.
 */
export async function deleteArtifact(facts: Facts, deletion: ArtifactDeletion): Promise<void> {
  const { scope, digest, origin } = deletion;
  const id = artifactId(scope.imageId, digest);
  const deleting = await retryConflict(`manifest ${digest}`, async () => {
    const artifact = await facts.artifacts.get(id);
    if (artifact?.state !== 'live') throw manifestUnknown(scope, digest);
    await assertNoParent(facts, { id, digest });
    await facts.step('artifact-guarded');
    return await facts.artifacts.replace({
      ...artifact,
      state: 'deleting',
      deletion: origin,
      repairAt: facts.clock() + facts.settings.repairAfterMs,
    });
  });
  await facts.step('artifact-deleting');
  await settleDeletion(facts, scope, deleting);
}

/**
 * What follows on `deleting`, whoever comes to it: the guard once more, then the end of it or the way back. Throws what the
 * guard says, and puts the artifact back for that.
 */
export async function settleDeletion(
  facts: Facts,
  scope: RepositoryScope,
  deleting: ArtifactDocument,
): Promise<void> {
  try {
    await assertNoParent(facts, deleting);
  } catch (error) {
    await putBack(facts, scope, deleting);
    throw error;
  }
  await finishDeletion(facts, scope, deleting);
}

/** The end of a deletion that the guard has let go: tags, then the artifact with `artifact.deleted`, then late tags. */
export async function finishDeletion(
  facts: Facts,
  scope: RepositoryScope,
  deleting: ArtifactDocument,
): Promise<void> {
  const origin = deleting.deletion ?? { actor: deleting.createdBy, via: 'api' };
  const deletion = { scope, digest: deleting.digest, origin };
  const count = await countOfArtifact(facts, deleting, await firstTags(facts, deleting.id));
  await removeTagsOf(facts, deletion, { id: deleting.id, version: deleting.version });
  await facts.step('artifact-untagged');
  const { id, imageId, sizeBytes } = deleting;
  const events = (sequence: number) => [
    artifactDeleted(facts, { scope, artifact: deleting, origin, sequence }),
  ];
  try {
    await facts.store.writeMany([
      facts.artifacts.write.remove(deleting, { events }),
      facts.imageSummaries.write.increment(
        imageId,
        { artifactCount: -count, sizeBytes: -sizeBytes },
        { updatedAt: timestamp(facts) },
      ),
    ]);
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) return; // a pusher revived it
    throw error;
  }
  await forgetPulls(facts, [id]);
  await removeDanglingTags(facts, deletion, id);
}

/** Tags that were pointed at an artifact in the moment it went away. */
export async function removeDanglingTags(
  facts: Facts,
  deletion: ArtifactDeletion,
  id: string,
): Promise<void> {
  if (!(await readListed(facts, id))) await removeTagsOf(facts, deletion, { id, version: null });
}

/**
 * Removes the tags of an artifact as long as that is at the version, or missing for null. It is read again between the
 * tags and their removal: a pusher who brings it back writes its tags, even where they point there already, so that either
 * the one or the other is noticed.
 */
async function removeTagsOf(
  facts: Facts,
  { scope, origin }: ArtifactDeletion,
  artifact: { id: string; version: number | null },
): Promise<void> {
  for (;;) {
    const equals = { artifactId: artifact.id };
    const { items } = await facts.tags.page({ index: 'byArtifact', equals, limit: 100 });
    if (items.length === 0) return;
    const now = await readListed(facts, artifact.id);
    if ((now?.version ?? null) !== artifact.version) return;
    await facts.step('tags-unneeded');
    await removeTags(facts, { scope, tags: items, origin });
  }
}
