import { isServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { assertImageUnprotected } from '../protection/guard-image.ts';
import type { RepositoryScope } from '../repository-scope.ts';

const BATCH = 100;

/**
 * Deletes all artifacts of an image, indexes before what they name, then the image itself, unless somebody pushed to it
 * meanwhile. Artifacts pushed after it began stay. PROTECTED, before anything went unless a tag became protected meanwhile.
 */
export async function deleteImage(facts: Facts, scope: RepositoryScope, origin: Origin): Promise<void> {
  await assertImageUnprotected(facts, scope);
  const begunAt = new Date(facts.clock()).toISOString();
  for (let isProgress = true; isProgress; ) {
    isProgress = false;
    let after: string | undefined;
    do {
      const page = await facts.artifacts.page({
        index: 'byImage',
        equals: { imageId: scope.imageId, state: 'live' },
        range: { lte: begunAt },
        descending: true,
        limit: BATCH,
        ...(after === undefined ? {} : { after }),
      });
      for (const { digest } of page.items) {
        isProgress = (await tryDelete(facts, { scope, digest, origin })) || isProgress;
      }
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
  await removeWhenEmpty(facts, scope);
}

async function tryDelete(
  facts: Facts,
  deletion: { scope: RepositoryScope; digest: string; origin: Origin },
): Promise<boolean> {
  try {
    await deleteArtifact(facts, deletion);
    return true;
  } catch (error) {
    if (isServiceError(error, 'ARTIFACT_REFERENCED', 'MANIFEST_UNKNOWN')) return false;
    throw error;
  }
}

async function removeWhenEmpty(facts: Facts, scope: RepositoryScope): Promise<void> {
  const image = await facts.images.get(scope.imageId);
  const { items } = await facts.artifacts.page({
    index: 'byImage',
    equals: { imageId: scope.imageId },
    limit: 1,
  });
  if (!image || items.length > 0) return;
  try {
    await facts.images.remove(image);
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
}
