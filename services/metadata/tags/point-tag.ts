import { ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { artifactId, tagId } from '../documents/ids.ts';
import type { Tag } from '../documents/tag.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { moveTag } from './move-tag.ts';
import { removeTags } from './remove-tags.ts';
import { assertTagAllowed } from './tag-rules.ts';

/**
 * Creates or moves a tag to an artifact that is there already. The target is read again after the write, since a
 * deletion at the same moment may have missed the new tag. TAG_INVALID, ARTIFACT_NOT_FOUND.
 */
export async function pointTag(
  facts: Facts,
  request: { scope: RepositoryScope; tag: string; digest: string; origin: Origin },
): Promise<Tag & Stored> {
  const { scope, tag, digest, origin } = request;
  assertTagAllowed(scope.registry, tag);
  await requireLive(facts, scope, digest);
  await facts.step('target-checked');
  await moveTag(facts, { scope, tag, digest, origin });
  await facts.step('tag-moved');
  const moved = await facts.tags.get(tagId(scope.imageId, tag));
  try {
    await requireLive(facts, scope, digest);
  } catch (error) {
    if (moved?.digest === digest) await removeTags(facts, { scope, tags: [moved], origin });
    throw error;
  }
  if (!moved) throw new ServiceError('TAG_NOT_FOUND', `tag "${tag}" was deleted meanwhile`);
  return moved;
}

async function requireLive(facts: Facts, scope: RepositoryScope, digest: string): Promise<void> {
  const artifact = await facts.artifacts.get(artifactId(scope.imageId, digest));
  if (artifact?.state === 'live') return;
  throw new ServiceError(
    'ARTIFACT_NOT_FOUND',
    `artifact ${digest} is not in ${scope.registry.name}/${scope.image}`,
    {
      detail: { digest },
    },
  );
}
