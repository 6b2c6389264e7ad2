import { retryConflict } from '@berth/document-store';
import type { Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { assertImageUnprotected } from '../protection/guard-image.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { RequireVersion } from '../require-version.ts';
import { removeArtifacts } from './remove-artifacts.ts';
import { removeEmptyImage } from './remove-empty-image.ts';
import type { ImageDocument } from './view-image.ts';

/** What goes within a request, some seconds at most. */
const AT_ONCE = { artifacts: 100, tags: 1_000 };

export interface ImageDeletion {
  readonly scope: RepositoryScope;
  readonly origin: Origin;
  readonly requireVersion?: RequireVersion;
  /** An image that holds more keeps the wish, for `finishImageDeletion`. */
  readonly atOnce?: { readonly artifacts: number; readonly tags: number };
}

/**
 * Deletes all artifacts of an image, indexes before what they name, then the image itself, unless somebody pushed to it
 * meanwhile: artifacts pushed after it began stay. A small image is done with null; a larger one is marked, and returned: what it
 * holds is served until it goes, by `finishImageDeletion`, here or in another copy after a crash. The same wish again is
 * the newer one: what was pushed between goes as well. PROTECTED, before anything went unless a tag became protected
 * meanwhile.
 */
export async function deleteImage(facts: Facts, deletion: ImageDeletion): Promise<ImageDocument | null> {
  const { scope, origin } = deletion;
  const begunAt = timestamp(facts);
  const marked = await mark(facts, deletion, begunAt);
  if (marked) return marked;
  await removeArtifacts(facts, { scope, origin, begunAt });
  await removeEmptyImage(facts, scope.imageId);
  return null;
}

/** Null when the image is small. */
async function mark(facts: Facts, deletion: ImageDeletion, begunAt: string): Promise<ImageDocument | null> {
  const { scope, origin, requireVersion } = deletion;
  return await retryConflict(`image "${scope.registry.name}/${scope.image}"`, async () => {
    const image = await facts.images.get(scope.imageId);
    requireVersion?.(image?.version);
    await assertImageUnprotected(facts, scope);
    if (!image || (!image.deletion && (await isSmall(facts, deletion)))) return null;
    const repairAt = facts.clock() + facts.settings.repairAfterMs;
    return await facts.images.replace({ ...image, deletion: { ...origin, begunAt }, repairAt });
  });
}

async function isSmall(facts: Facts, { scope, atOnce = AT_ONCE }: ImageDeletion): Promise<boolean> {
  const equals = { imageId: scope.imageId };
  const artifacts = await facts.artifacts.page({ index: 'byImage', equals, limit: atOnce.artifacts });
  if (artifacts.next !== null) return false;
  return (await facts.tags.page({ index: 'byImage', equals, limit: atOnce.tags })).next === null;
}
