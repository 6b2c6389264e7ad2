import { ServiceError } from '@berth/contracts';
import { retryConflict, type Stored } from '@berth/document-store';
import { tagId } from '../documents/ids.ts';
import type { Tag } from '../documents/tag.ts';
import { type Origin, tagDeleted } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { countOfTagging } from '../images/count-artifacts.ts';
import type { AssertInTime } from '../in-time.ts';
import { assertTagDeletable } from '../protection/guard-tag.ts';
import { forgetPulls } from '../pulls/forget-pulls.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { RequireVersion } from '../require-version.ts';
import { countOfTags } from './count-of-tags.ts';

/** Deletes a tag, wherever it points; its artifact stays. TAG_NOT_FOUND, PROTECTED; what `requireVersion` throws. */
export async function deleteTag(
  facts: Facts,
  deletion: {
    scope: RepositoryScope;
    tag: string;
    origin: Origin;
    requireVersion?: RequireVersion;
    assertInTime?: AssertInTime;
  },
): Promise<void> {
  const { scope, origin } = deletion;
  await retryConflict(`tag "${deletion.tag}"`, async () => {
    const tag = await facts.tags.get(tagId(scope.imageId, deletion.tag));
    if (!tag) throw tagNotFound(scope, deletion.tag);
    deletion.requireVersion?.(tag.version);
    await assertTagDeletable(facts, scope, tag.name);
    deletion.assertInTime?.();
    await writeRemoval(facts, { scope, tag, origin });
  });
}

export function tagNotFound(scope: RepositoryScope, tag: string): ServiceError {
  const shown = tag.slice(0, 200);
  return new ServiceError('TAG_NOT_FOUND', `tag "${shown}" is not in ${scope.registry.name}/${scope.image}`, {
    detail: { tag: shown },
  });
}

async function writeRemoval(
  facts: Facts,
  { scope, tag, origin }: { scope: RepositoryScope; tag: Tag & Stored; origin: Origin },
): Promise<void> {
  const events = (sequence: number) => [
    tagDeleted(facts, { scope, tag: tag.name, digest: tag.digest, origin, sequence }),
  ];
  const counts = {
    tagCount: -countOfTags([tag.name]),
    artifactCount: await countOfTagging(facts, tag.artifactId, { removed: [tag.name] }),
  };
  await facts.store.writeMany([
    facts.tags.write.remove(tag, { events }),
    facts.imageSummaries.write.increment(tag.imageId, counts, { updatedAt: timestamp(facts) }),
  ]);
  await forgetPulls(facts, [tag.id]);
}
