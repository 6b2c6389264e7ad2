import { retryConflict, writePastConflicts } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { forgetPulls } from '../pulls/forget-pulls.ts';

/**
 * Removes an image when no artifact is in it, in whatever state: condemn by version, look, remove by version or put back. A
 * push has its artifact in it before it looks at the image, and makes a condemned one stay. What a crash leaves condemned
 * is an empty image like others. Whoever changed it meanwhile may only have noted something: then it is looked at again.
 */
export async function removeEmptyImage(facts: Facts, imageId: string): Promise<void> {
  const isRemoved = await retryConflict(`image ${imageId}`, async () => {
    const image = await facts.images.get(imageId);
    if (!image || (await holdsArtifact(facts, imageId))) return false;
    await facts.step('image-empty');
    const condemned = await facts.images.replace({ ...image, state: 'condemned' }, { relaxed: true });
    await facts.step('image-condemned');
    const isKept = await holdsArtifact(facts, imageId);
    await facts.step('image-unneeded');
    if (isKept) {
      const { state: _, ...kept } = condemned;
      await facts.images.replace(kept, { relaxed: true });
      return false;
    }
    await facts.images.remove(condemned);
    return true;
  });
  if (isRemoved) await forgetImage(facts, imageId);
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
