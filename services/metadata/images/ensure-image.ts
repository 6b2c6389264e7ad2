import type { Actor } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { type Facts, timestamp } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/** An image is made by the first push into it. */
export async function ensureImage(facts: Facts, scope: RepositoryScope, actor: Actor): Promise<void> {
  if (await facts.images.get(scope.imageId)) return;
  const { registry, image } = scope;
  try {
    await facts.images.insert(
      scope.imageId,
      {
        registryId: registry.id,
        name: image,
        repositoryName: `${registry.name}/${image}`,
        createdAt: timestamp(facts),
        createdBy: actor,
      },
      { relaxed: true },
    );
  } catch (error) {
    if (!isStoreError(error, 'ID_TAKEN')) throw error;
  }
}
