import { isStoreError, writePastConflicts } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { forgetPulls } from '../pulls/forget-pulls.ts';

/**
 * Removes an image when no artifact is in it, in whatever state: condemn by version, look, remove by version or put back. A
 * push has its artifact in it before it looks at the image, and makes a condemned one stay. What a crash leaves condemned
 * is an empty image like others.
 */
export async function removeEmptyImage(facts: Facts, imageId: string): Promise<void> {
  const image = await facts.images.get(imageId);
  if (!image || (await holdsArtifact(facts, imageId))) return;
  await facts.step('image-empty');
  try {
    const condemned = await facts.images.replace({ ...image, state: 'condemned' }, { relaxed: true });
    await facts.step('image-condemned');
    const isKept = await holdsArtifact(facts, imageId);
    await facts.step('image-unneeded');
    if (isKept) {
      const { state: _, ...kept } = condemned;
      await facts.images.replace(kept, { relaxed: true });
      return;
    }
    await facts.images.remove(condemned);
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) return; // somebody pushed to it
    throw error;
  }
  await forgetImage(facts, imageId);
}

async function holdsArtifact(facts: Facts, imageId: string): Promise<boolean> {
  const { items } = await facts.artifacts.page({ index: 'byImage', equals: { imageId }, limit: 1 });
  return items.length > 0;
}

/** Its summary, and how often it was pulled. */
async function forgetImage(facts: Facts, imageId: string): Promise<void> {
  const summary = await facts.imageSummaries.get(imageId);
  if (summary) {
    await writePastConflicts(facts, [facts.imageSummaries.write.remove(summary, { relaxed: true })]);
  }
  await forgetPulls(facts, [imageId]);
}
