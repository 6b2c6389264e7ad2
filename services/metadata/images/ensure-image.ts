import type { Actor } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import { type Facts, timestamp } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/**
 * An image is made by the first push into it, and kept by each that finds it condemned. The caller's artifact is stored
 * already, so that whoever condemns the image later sees it.
 */
export async function ensureImage(facts: Facts, scope: RepositoryScope, actor: Actor): Promise<void> {
  const { registry, image, imageId } = scope;
  await retryConflict(`image "${registry.name}/${image}"`, async () => {
    const existing = await facts.images.get(imageId);
    if (existing) {
      const { state, ...kept } = existing;
      if (state === 'condemned') await facts.images.replace(kept, { relaxed: true });
      return;
    }
    const repositoryName = `${registry.name}/${image}`;
    const made = { createdAt: timestamp(facts), createdBy: actor };
    await facts.images.insert(
      imageId,
      { registryId: registry.id, name: image, repositoryName, ...made },
      { relaxed: true },
    );
  });
}
