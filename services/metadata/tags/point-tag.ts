import { ServiceError } from '@berth/contracts';
import { artifactId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { type MovedTag, moveTag, type TagMove } from './move-tag.ts';
import { removeTags } from './remove-tags.ts';
import { assertTagAllowed } from './tag-rules.ts';

/**
 * Creates or moves a tag to an artifact that is there already. The target is read again after the write, since a
 * deletion at the same moment may have missed the new tag. TAG_INVALID, ARTIFACT_NOT_FOUND, PROTECTED.
 */
export async function pointTag(facts: Facts, move: Omit<TagMove, 'isRevived'>): Promise<MovedTag> {
  const { scope, tag, digest, origin } = move;
  assertTagAllowed(scope.registry, tag);
  await requireLive(facts, scope, digest);
  await facts.step('target-checked');
  const moved = await moveTag(facts, move);
  await facts.step('tag-moved');
  try {
    await requireLive(facts, scope, digest);
  } catch (error) {
    await removeTags(facts, { scope, tags: [moved.tag], origin });
    throw error;
  }
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
