import type { BlobFacts } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { parseManifest } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';

const BLOBS_AT_MOST = 100;

export type BlobDigests = readonly string[];

/**
 * The blobs that a live artifact had to have: when it went live each was linked to its image, and from then on it keeps their links, and
 * those the blobs, so that whoever may read it may read them. A foreign layer is named without being had, and whether it may be read is
 * asked of its link. The first hundred of an image; none of an index, which names artifacts.
 */
export function blobDigestsOf(
  facts: Pick<Facts, 'logger'>,
  { id, kind, bytes, mediaType }: Pick<Artifact & Stored, 'id' | 'kind' | 'bytes' | 'mediaType'>,
): BlobDigests {
  if (kind === 'index') return [];
  try {
    const { blobs } = parseManifest(bytes, mediaType);
    return [...new Set(blobs.map(({ digest }) => digest))].slice(0, BLOBS_AT_MOST);
  } catch (error) {
    facts.logger.warn('the blobs of a stored manifest cannot be told', { artifact: id, error });
    return [];
  }
}

/** Where blobs are; none where that cannot be told, since it is only an extra. It never rejects. */
export async function readBlobs(
  facts: Pick<Facts, 'blobs' | 'logger'>,
  digests: BlobDigests,
): Promise<BlobFacts[]> {
  try {
    // One by one, as reads that come together go in one query, with those of other readers.
    const blobs = await Promise.all(digests.map((digest) => facts.blobs.get(digest)));
    return digests.flatMap((digest, index) => {
      const blob = blobs[index];
      return blob ? [{ digest, sizeBytes: blob.sizeBytes, key: blob.key }] : [];
    });
  } catch (error) {
    facts.logger.warn('the blobs of a manifest are not told with it', { error });
    return [];
  }
}
