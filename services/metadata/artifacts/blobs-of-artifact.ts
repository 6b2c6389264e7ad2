import type { BlobFacts } from '@berth/contracts';
import { parseManifest } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';

const BLOBS_AT_MOST = 100;

/**
 * Where the blobs of a live artifact are, in one read: when it went live each was linked to its image, and from then on it keeps their
 * links, and those the blobs. So only what it had to have counts: a foreign layer is named without being had, and whether it may be read
 * is asked of its link. The first hundred of an image; none of an index, which names artifacts. It is an extra: where it cannot be told,
 * there is none.
 */
export async function blobsOfArtifact(
  facts: Facts,
  { id, kind, bytes, mediaType }: Pick<Artifact, 'kind' | 'bytes' | 'mediaType'> & { readonly id: string },
): Promise<BlobFacts[]> {
  if (kind === 'index') return [];
  try {
    const { blobs: named } = parseManifest(bytes, mediaType);
    const digests = [...new Set(named.map(({ digest }) => digest))].slice(0, BLOBS_AT_MOST);
    // One by one, as reads that come together go in one query, with those of other readers.
    const blobs = await Promise.all(digests.map((digest) => facts.blobs.get(digest)));
    return digests.flatMap((digest, index) => {
      const blob = blobs[index];
      return blob ? [{ digest, sizeBytes: blob.sizeBytes, key: blob.key }] : [];
    });
  } catch (error) {
    facts.logger.warn('the blobs of a manifest cannot be told with it', { artifact: id, error });
    return [];
  }
}
