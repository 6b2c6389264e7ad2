import type { PlannedFacts } from '@berth/contracts';
import { isStoreError, retryConflict, type Stored } from '@berth/document-store';
import type { Artifact } from '../documents/artifact.ts';
import { artifactId } from '../documents/ids.ts';
import { artifactGone, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { countOfArtifact } from '../images/count-artifacts.ts';
import type { AssertInTime } from '../in-time.ts';
import { forgetPulls } from '../pulls/forget-pulls.ts';
import { intoBin } from '../recycle-bin/into-bin.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { RequireVersion } from '../require-version.ts';
import { firstTags } from '../tags/first-tags.ts';
import { removeTags } from '../tags/remove-tags.ts';
import { assertMayGo } from './assert-may-go.ts';
import { ATTACHED_AT_ONCE, type Budget, deleteAttached } from './delete-attached.ts';
import { manifestUnknown } from './manifest-unknown.ts';
import { putBack } from './put-back.ts';
import { putLinksUnderReview } from './put-links-under-review.ts';
import { readListed } from './read-listed.ts';

export interface ArtifactDeletion {
  readonly scope: RepositoryScope;
  readonly digest: string;
  readonly origin: Origin;
  /** Also what is attached to it and nothing else keeps; by default it stays. */
  readonly withAttached?: boolean;
  /** Only along with this owner, the id of an artifact that is being deleted. */
  readonly attachedTo?: string;
  /** It goes with all of its image, and is to come back with what it is attached to. */
  readonly withImage?: boolean;
  /** RFC 3339: one that was pushed later stays, as if it were not there. */
  readonly pushedUntil?: string;
  /** Only as long as it is what was planned. */
  readonly planned?: PlannedFacts;
  readonly requireVersion?: RequireVersion;
  readonly assertInTime?: AssertInTime;
  readonly budget?: Budget;
}

type ArtifactDocument = Artifact & Stored;

/** So many tags of an artifact are there again when it is restored. */
const TAGS_KEPT = 1_000;

/**
 * Deletes an artifact with its tags (architecture §4): guard, `deleting`, guard once more, tags, what is attached,
 * artifact. A push of it at the same moment revives it and wins. MANIFEST_UNKNOWN, ARTIFACT_REFERENCED, PROTECTED; PRECONDITION_FAILED
 * where it is not what was planned.
 */
export async function deleteArtifact(facts: Facts, deletion: ArtifactDeletion): Promise<void> {
  const { scope, digest, pushedUntil } = deletion;
  const id = artifactId(scope.imageId, digest);
  const deleting = await retryConflict(`manifest ${digest}`, async () => {
    const artifact = await facts.artifacts.get(id);
    if (artifact?.state !== 'live') throw manifestUnknown(scope, digest);
    if (pushedUntil !== undefined && artifact.pushedAt > pushedUntil) throw manifestUnknown(scope, digest);
    deletion.requireVersion?.(artifact.version);
    const { attachedTo, planned } = deletion;
    await assertMayGo(facts, scope, { ...artifact, attachedTo, planned });
    const tags = await firstTags(facts, id, TAGS_KEPT);
    await facts.step('artifact-guarded');
    deletion.assertInTime?.();
    return await facts.artifacts.replace({
      ...artifact,
      state: 'deleting',
      deletion: { ...wishOf(deletion), tags },
      repairAt: facts.clock() + facts.settings.repairAfterMs,
    });
  });
  await facts.step('artifact-deleting');
  await settleDeletion(facts, scope, deleting, deletion.budget);
}

/**
 * What follows on `deleting`, whoever comes to it: the guard once more, then the end of it or the way back. Throws what the
 * guard says, and puts the artifact back for that.
 */
export async function settleDeletion(
  facts: Facts,
  scope: RepositoryScope,
  deleting: ArtifactDocument,
  budget?: Budget,
): Promise<void> {
  if (!deleting.deletion?.isDecided) {
    try {
      const { attachedTo, planned } = deleting.deletion ?? {};
      await assertMayGo(facts, scope, { ...deleting, attachedTo, planned });
    } catch (error) {
      await putBack(facts, scope, deleting);
      throw error;
    }
  }
  await finishDeletion(facts, scope, deleting, budget);
}

/**
 * The end of a deletion that the guard has let go: tags, what is attached, then the artifact with `artifact.deleted`, then
 * late tags. With very much attached it stops half-way, and repair goes on.
 */
export async function finishDeletion(
  facts: Facts,
  scope: RepositoryScope,
  deleting: ArtifactDocument,
  budget: Budget = { left: ATTACHED_AT_ONCE },
): Promise<void> {
  const origin = originOf(deleting);
  const deletion = { scope, digest: deleting.digest, origin };
  const tags = deleting.deletion?.tags ?? (await firstTags(facts, deleting.id));
  try {
    const going = deleting.deletion?.withAttached ? await decide(facts, deleting) : deleting;
    await removeTagsOf(facts, deletion, going);
    await facts.step('artifact-untagged');
    if (going.deletion?.withAttached) {
      const deleteOne = (digest: string) =>
        deleteArtifact(facts, { ...deletion, digest, withAttached: true, attachedTo: going.id, budget });
      if (!(await deleteAttached(facts, { owner: going, budget, deleteOne }))) return;
      await facts.step('attached-deleted');
    }
    await putLinksUnderReview(facts, going);
    await facts.step('links-under-review');
    await removeArtifact(facts, { scope, deleting: going, tags });
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) return; // a pusher revived it
    throw error;
  }
  await forgetPulls(facts, [deleting.id]);
  await removeDanglingTags(facts, deletion, deleting.id);
}

/** From here on it is no reference any more, so that its children can go before it. */
async function decide(facts: Facts, deleting: ArtifactDocument): Promise<ArtifactDocument> {
  const { deletion } = deleting;
  if (!deletion || deletion.isDecided) return deleting;
  return await facts.artifacts.replace({ ...deleting, deletion: { ...deletion, isDecided: true } });
}

/**
 * Into the recycle bin and away, in one commit. Counted as late as this, since the children that went before it had no owner but
 * it; by the tags that it had.
 */
async function removeArtifact(
  facts: Facts,
  removal: {
    readonly scope: RepositoryScope;
    readonly deleting: ArtifactDocument;
    readonly tags: readonly string[];
  },
): Promise<void> {
  const { scope, deleting, tags } = removal;
  const { imageId, sizeBytes, subjectId, deletion } = deleting;
  const attached = deletion?.attachedTo !== undefined || subjectId !== undefined;
  const count = await countOfArtifact(facts, deleting, tags);
  const told = { type: 'artifact.deleted', scope, artifact: deleting, attached } as const;
  const origin = originOf(deleting);
  const events = (sequence: number) => [artifactGone(facts, { ...told, origin, sequence })];
  const writes = [
    facts.artifacts.write.remove(deleting, { events }),
    facts.imageSummaries.write.increment(
      imageId,
      { artifactCount: -count, sizeBytes: -sizeBytes },
      { updatedAt: timestamp(facts) },
    ),
  ];
  for (;;) {
    const bin = await intoBin(facts, scope, { deleting, tags });
    await facts.step('bin-read');
    try {
      await facts.store.writeMany([...bin, ...writes]);
      return;
    } catch (error) {
      const isOfBin = isStoreError(error, 'VERSION_CONFLICT', 'ID_TAKEN') && error.detail.index === 0;
      if (bin.length === 0 || !isOfBin) throw error; // else the bin was emptied, or filled, meanwhile
    }
  }
}

function originOf({ deletion, createdBy }: ArtifactDocument): Origin {
  if (!deletion) return { actor: createdBy, via: 'api' };
  const { actor, via, address } = deletion;
  return { actor, via, ...(address !== undefined && { address }) };
}

function wishOf({
  origin,
  withAttached,
  attachedTo,
  withImage,
  planned,
}: ArtifactDeletion): NonNullable<ArtifactDocument['deletion']> {
  return {
    ...origin,
    ...(withAttached && { withAttached }),
    ...(attachedTo !== undefined && { attachedTo }),
    ...(withImage && { withImage }),
    ...(planned !== undefined && { planned }),
  };
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
 * tags and their removal: a pusher who revives it rewrites its tag, so that either the one or the other is noticed.
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
