import { isServiceError } from '@berth/contracts';
import { isStoreError, type Stored } from '@berth/document-store';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';
import { removeEmptyImage } from '../images/remove-empty-image.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { settleDeletion } from './delete-artifact.ts';

/**
 * Takes a pending artifact back that turned out not to be whole; another pusher of it starts again by its version. One that
 * was on its way out before goes on its way out, unless the guard has it come back: an index may name it by now. An image that
 * was made for it, or outlived its registry, goes as well.
 */
export async function withdraw(
  facts: Facts,
  scope: RepositoryScope,
  pending: Artifact & Stored,
): Promise<void> {
  try {
    if (!pending.deletion) {
      await facts.artifacts.remove(pending, { relaxed: true });
      return await withdrawImage(facts, scope, pending);
    }
    const repairAt = facts.clock() + facts.settings.repairAfterMs;
    const deleting = await facts.artifacts.replace({ ...pending, state: 'deleting', repairAt });
    await settleDeletion(facts, scope, deleting);
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT') && !isServiceError(error)) throw error;
  }
}

async function withdrawImage(
  facts: Facts,
  { registry }: RepositoryScope,
  { imageId, createdAt }: Artifact,
): Promise<void> {
  const image = await facts.images.get(imageId);
  if (!image) return;
  const isMadeForIt = image.createdAt >= createdAt;
  if (isMadeForIt || (await facts.registries.get(registry.id))?.state !== 'active') {
    await removeEmptyImage(facts, imageId);
  }
}
