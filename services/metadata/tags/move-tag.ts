import { retryConflict, type Stored, type Write } from '@berth/document-store';
import { artifactId, tagId } from '../documents/ids.ts';
import type { Tag } from '../documents/tag.ts';
import { type Origin, tagUpdated } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import type { AssertInTime } from '../in-time.ts';
import { assertTagMovable } from '../protection/guard-tag.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { RequireVersion } from '../require-version.ts';
import { countOfMoves } from './count-moves.ts';
import { countOfTags } from './count-of-tags.ts';

export interface TagMove {
  readonly scope: RepositoryScope;
  readonly tag: string;
  readonly digest: string;
  readonly origin: Origin;
  /** Write the tag even where it points there already: its artifact was gone or on its way out, and its tags with it. */
  readonly isRevived?: boolean;
  /** A tag that points elsewhere stays there. */
  readonly areTagsKept?: boolean;
  readonly requireVersion?: RequireVersion;
  readonly assertInTime?: AssertInTime;
}

/** A tag as this move left it. */
export interface MovedTag {
  readonly tag: Tag & Stored;
  readonly isNew: boolean;
}

/** A tag's way from where it points now; no writes when it points there already. */
export interface PlannedMove {
  readonly tag: string;
  readonly writes: readonly Write[];
  /** The tag before. */
  readonly current: (Tag & Stored) | null;
  /** It stays where it points. */
  readonly isKept?: true;
}

/**
 * The write that points a tag at an artifact, with `tag.updated`. The caller has made sure that the target is live. The
 * guard is asked for a tag that points elsewhere, and only then: PROTECTED.
 */
export async function planTagMove(facts: Facts, move: TagMove): Promise<PlannedMove> {
  const { scope, tag, digest, origin } = move;
  const id = tagId(scope.imageId, tag);
  const current: (Tag & Stored) | null = await facts.tags.get(id);
  move.requireVersion?.(current?.version);
  const now = timestamp(facts);
  const target = { digest, artifactId: artifactId(scope.imageId, digest), updatedAt: now };
  if (current?.digest === digest) {
    const writes = move.isRevived ? [facts.tags.write.replace({ ...current, ...target })] : [];
    return { tag, writes, current };
  }
  if (current && move.areTagsKept) return { tag, writes: [], current, isKept: true };
  if (current) await assertTagMovable(facts, scope, tag);
  const previousDigest = current?.digest;
  const events = (sequence: number) => [
    tagUpdated(facts, { scope, tag, digest, previousDigest, origin, sequence }),
  ];
  if (current) {
    return { tag, writes: [facts.tags.write.replace({ ...current, ...target }, { events })], current };
  }
  const body = { imageId: scope.imageId, name: tag, createdAt: now, createdBy: origin.actor, ...target };
  return {
    tag,
    current,
    writes: [
      facts.tags.write.insert(id, body, { events }),
      facts.imageSummaries.write.increment(
        scope.imageId,
        { tagCount: countOfTags([tag]) },
        { updatedAt: now },
      ),
    ],
  };
}

/** Points a tag at a live artifact, against whoever else moves it at the same moment. PROTECTED; what `requireVersion` throws. */
export async function moveTag(facts: Facts, move: TagMove): Promise<MovedTag> {
  const { imageId } = move.scope;
  return await retryConflict(`tag "${move.tag}"`, async () => {
    const plan = await planTagMove(facts, move);
    const { writes, current } = plan;
    if (current && writes.length === 0) return { tag: current, isNew: false };
    const target = { id: artifactId(imageId, move.digest), isNew: false };
    const artifactCount = await countOfMoves(facts, [plan], target);
    move.assertInTime?.();
    const count = facts.imageSummaries.write.increment(imageId, { artifactCount });
    const [written] = await facts.store.writeMany([...writes, ...(artifactCount === 0 ? [] : [count])]);
    return { tag: written as Tag & Stored, isNew: current === null };
  });
}
