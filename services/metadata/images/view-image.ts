import type { ImageResource } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Image } from '../documents/image.ts';
import type { Facts } from '../facts.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';

export type ImageDocument = Image & Stored;

/** Images as the management API shows them, with their summaries. */
export async function viewImages(
  facts: Facts,
  registry: RegistryDocument,
  images: readonly ImageDocument[],
): Promise<ImageResource[]> {
  const ids = images.map(({ id }) => id);
  const summaries = await facts.imageSummaries.getMany(ids);
  const pulls = await facts.pullStatistics.getMany(ids);
  return images.map(({ id, name, deletion, createdAt, createdBy }, index) => {
    const summary = summaries[index];
    return {
      id,
      name,
      registry: registry.name,
      state: deletion ? 'deleting' : 'active',
      artifactCount: Math.max(0, summary?.artifactCount ?? 0),
      tagCount: Math.max(0, summary?.tagCount ?? 0),
      pullCount: pulls[index]?.pullCount ?? 0,
      size: Math.max(0, summary?.sizeBytes ?? 0),
      createdAt,
      updatedAt: summary?.updatedAt ?? createdAt,
      createdBy,
    };
  });
}
