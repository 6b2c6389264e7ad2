import { ServiceError } from '@berth/contracts';
import { isStoreError, retryConflict, type Stored, type Write } from '@berth/document-store';
import { isAttachingTag } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import { artifactId } from '../documents/ids.ts';
import { artifactPushed, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { countOfArtifact } from '../images/count-artifacts.ts';
import { ensureImage } from '../images/ensure-image.ts';
import type { AssertInTime } from '../in-time.ts';
import { registryUnknown } from '../registries/find-registry.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { countOfMoves } from '../tags/count-moves.ts';
import { moveTag, type PlannedMove, planTagMove } from '../tags/move-tag.ts';
import { checkReferences } from './check-references.ts';
import { removeDanglingTags } from './delete-artifact.ts';
import { type PushedManifest, parsePush } from './parse-push.ts';
import { pendingArtifact } from './pending-artifact.ts';
import { readListed } from './read-listed.ts';
import { withdraw } from './withdraw.ts';

export interface ManifestPush {
  readonly scope: RepositoryScope;
  readonly reference: string;
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly origin: Origin;
  /** Tags that point elsewhere by now stay there. */
  readonly areTagsKept?: boolean;
  readonly assertInTime?: AssertInTime;
}

export interface PushResult {
  readonly digest: string;
  readonly subject?: string;
  readonly tags: readonly string[];
}

type ArtifactDocument = Artifact & Stored;
type Push = ManifestPush & PushedManifest;

const TARGET_ATTEMPTS = 5;

/**
 * Pushes a manifest (architecture §4): pending, checked, live, tagged. Whoever pushes the same manifest at the same
 * time, or finds one that a crash left pending or deleting, drives it onward; a target that was deleted between is
 * pushed again, since the push is the newer wish.
 */
export async function pushManifest(facts: Facts, request: ManifestPush): Promise<PushResult> {
  const push: Push = { ...request, ...parsePush(request.scope, request) };
  const id = artifactId(push.scope.imageId, push.digest);
  for (let attempt = 1; attempt <= TARGET_ATTEMPTS; attempt++) {
    let waiting: readonly string[];
    try {
      waiting = await retryConflict(`manifest ${push.digest}`, () => makeLive(facts, push, id));
    } catch (error) {
      if (attempt > 1) await removeDanglingTags(facts, push, id);
      throw error;
    }
    await facts.step('artifact-live');
    for (const tag of waiting) await moveTag(facts, { ...push, tag, isRevived: true });
    await facts.step('tag-moved');
    if ((await readListed(facts, id))?.state === 'live') return result(push);
  }
  await removeDanglingTags(facts, push, id);
  throw new ServiceError(
    'VERSION_CONFLICT',
    `manifest ${push.digest} is being deleted as fast as it is pushed`,
  );
}

/** Drives the artifact to live, with its tags in the same commit of the store. Returns tags that somebody else wrote meanwhile. */
async function makeLive(facts: Facts, push: Push, id: string): Promise<readonly string[]> {
  const existing = await facts.artifacts.get(id);
  if (existing?.state === 'live') {
    await ensureImage(facts, push.scope, push.origin.actor);
    return await announce(facts, push, existing);
  }
  const pending = await makePending(facts, push, existing);
  await facts.step('artifact-pending');
  try {
    await checkReferences(facts, push.scope, push.manifest);
    await facts.step('artifact-checked');
    await assertRegistryActive(facts, push.scope);
    await facts.step('registry-checked');
    await ensureImage(facts, push.scope, push.origin.actor);
    await facts.step('image-ensured');
    return await announce(facts, push, pending);
  } catch (error) {
    if (error instanceof ServiceError) await withdraw(facts, push.scope, pending);
    throw error;
  }
}

async function makePending(
  facts: Facts,
  push: Push,
  existing: ArtifactDocument | null,
): Promise<ArtifactDocument> {
  const body = pendingArtifact(facts, push);
  if (!existing) {
    return await facts.artifacts.insert(artifactId(push.scope.imageId, push.digest), body, { relaxed: true });
  }
  const { id, version, createdAt, deletion } = existing;
  const revived = { ...body, createdAt, id, version, ...(deletion ? { deletion } : {}) };
  return await facts.artifacts.replace(revived, { relaxed: true });
}

/**
 * Writes `live` with `artifact.pushed`, then the tags, in that order. Where a tag loses a race, all of them are returned for
 * the caller to move. A deleter reads the artifact between its tags and their removal: so the tags of one that was not live
 * are written even where they point there already.
 */
async function announce(facts: Facts, push: Push, artifact: ArtifactDocument): Promise<readonly string[]> {
  const { scope, origin, tags } = push;
  const isNew = artifact.state === 'pending' && !artifact.deletion;
  const plans = await Promise.all(
    tags.map((tag) => planTagMove(facts, { ...push, tag, isRevived: artifact.state !== 'live' })),
  );
  const moves = plans.filter(({ isKept }) => !isKept);
  await facts.step('tags-planned');
  const { repairAt: _, deletion: __, ...body } = artifact;
  const live: ArtifactDocument = { ...body, state: 'live', pushedAt: timestamp(facts) };
  const event = (sequence: number, move?: PlannedMove) =>
    artifactPushed(facts, {
      scope,
      artifact: live,
      origin,
      tag: move?.tag,
      attached: live.subjectId !== undefined || (move !== undefined && isAttachingTag(move.tag)),
      unchanged: artifact.state === 'live' && (move?.writes ?? []).length === 0,
      sequence,
    });
  const events = (sequence: number) =>
    moves.length === 0 ? [event(sequence)] : moves.map((move) => event(sequence, move));
  const summaries = await summaryWrites(facts, { live, moves, tags, isNew });
  push.assertInTime?.();
  try {
    await facts.store.writeMany([
      facts.artifacts.write.replace(live, { events }),
      ...summaries,
      ...moves.flatMap(({ writes }) => writes),
    ]);
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT', 'ID_TAKEN') && Number(error.detail.index) > 0) return tags;
    throw error;
  }
  return [];
}

async function summaryWrites(
  facts: Facts,
  push: { live: ArtifactDocument; moves: readonly PlannedMove[]; tags: readonly string[]; isNew: boolean },
): Promise<readonly Write[]> {
  const { live, moves, tags, isNew } = push;
  const own = isNew ? await countOfArtifact(facts, live, tags) : 0;
  const artifactCount = own + (await countOfMoves(facts, moves, { ...live, isNew }));
  if (!isNew && artifactCount === 0) return [];
  const increments = { artifactCount, ...(isNew ? { sizeBytes: live.sizeBytes } : {}) };
  return [facts.imageSummaries.write.increment(live.imageId, increments, { updatedAt: live.pushedAt })];
}

/**
 * A registry that is being deleted takes nothing more. It is marked before its artifacts are looked at, and ours is pending
 * already: so either the deletion sees it, or it is seen here.
 */
async function assertRegistryActive(facts: Facts, scope: RepositoryScope): Promise<void> {
  const registry = await facts.registries.get(scope.registry.id);
  if (registry?.state !== 'active') throw registryUnknown(scope.registry.name);
}

function result(push: Push): PushResult {
  const { digest, tags, manifest } = push;
  return { digest, tags, ...(manifest.subject ? { subject: manifest.subject.digest } : {}) };
}
