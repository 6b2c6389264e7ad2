import type { BlobFacts } from '@berth/contracts';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';

const BLOBS_AT_MOST = 100;

/**
 * Where the blobs of a live artifact are, in one read: it keeps their links, and those keep the blobs, so neither needs to be looked at
 * one by one. The first hundred of an image; none of an index, which names artifacts.
 */
export async function blobsOfArtifact(
  facts: Facts,
  { kind, imageId, references }: Pick<Artifact, 'kind' | 'imageId' | 'references'>,
): Promise<BlobFacts[]> {
  if (kind === 'index') return [];
  const digests = references.slice(0, BLOBS_AT_MOST).map((id) => id.slice(imageId.length + 1));
  const blobs = await facts.blobs.getMany(digests);
  return digests.flatMap((digest, index) => {
    const blob = blobs[index];
    return blob ? [{ digest, sizeBytes: blob.sizeBytes, key: blob.key }] : [];
  });
}
