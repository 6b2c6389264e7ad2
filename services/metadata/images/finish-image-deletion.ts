import { isServiceError } from '@berth/contracts';
import { isStoreError, retryConflict } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { removeArtifacts } from './remove-artifacts.ts';
import { removeEmptyImage } from './remove-empty-image.ts';
import type { ImageDocument } from './view-image.ts';

/**
 * Brings the deletion of an image that is marked to its end: its artifacts, then itself; with something pushed meanwhile it
 * stays, without the mark, as it does with what became protected. Any copy may do it, again and again; a newer wish is
 * taken up. While one is at it repair leaves it alone.
 */
export async function finishImageDeletion(facts: Facts, scope: RepositoryScope): Promise<void> {
  for (;;) {
    const image = await facts.images.get(scope.imageId);
    if (!image?.deletion) return;
    const { begunAt, ...origin } = image.deletion;
    try {
      const isWanted = () => holdOff(facts, image.id, begunAt);
      if (!(await removeArtifacts(facts, { scope, origin, begunAt, isWanted }))) continue;
      await removeEmptyImage(facts, image.id);
    } catch (error) {
      if (!isServiceError(error, 'PROTECTED')) throw error;
      facts.logger.info('image is kept', { image: image.repositoryName, reason: error.message });
    }
    await unmark(facts, image.id, begunAt);
  }
}

/** Puts off repair; false when the image is gone or a newer wish came. */
async function holdOff(facts: Facts, id: string, begunAt: string): Promise<boolean> {
  const image = await facts.images.get(id);
  if (!isOf(image, begunAt)) return false;
  const repairAt = facts.clock() + facts.settings.repairAfterMs;
  try {
    await facts.images.replace({ ...image, repairAt }, { relaxed: true });
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error; // the next hundred asks again
  }
  return true;
}

async function unmark(facts: Facts, id: string, begunAt: string): Promise<void> {
  await retryConflict(`image ${id}`, async () => {
    const image = await facts.images.get(id);
    if (!isOf(image, begunAt)) return;
    const { deletion: _, repairAt: __, ...kept } = image;
    await facts.images.replace(kept);
  });
}

function isOf(image: ImageDocument | null, begunAt: string): image is ImageDocument {
  return image?.deletion?.begunAt === begunAt;
}
