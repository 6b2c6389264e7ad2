import { type BlobFacts, isServiceError, ServiceError } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { type BlobDocument, keepBlob } from './link-blob.ts';
import { needsTouch, touched } from './touch-link.ts';

/**
 * A blob that is linked to the image. With `touch`, a pusher relies on it: the link is freshened, it and the blob made live
 * again where they were condemned, before the answer; where that fails the pusher must send it. BLOB_UNKNOWN.
 */
export async function statBlob(
  facts: Facts,
  scope: RepositoryScope,
  request: { digest: string; touch: boolean },
): Promise<BlobFacts> {
  const { digest } = request;
  if (!request.touch) return viewBlob(digest, await find(facts, scope, digest));
  try {
    return await retryConflict(`blob ${digest}`, async () => {
      const found = await find(facts, scope, digest);
      if (needsTouch(facts, found.link)) {
        await facts.links.replace(touched(facts, found.link), { relaxed: true });
      }
      await keepBlob(facts, found.blob);
      return viewBlob(digest, found);
    });
  } catch (error) {
    if (isServiceError(error, 'BLOB_UNKNOWN')) throw error;
    facts.logger.warn('blob cannot be kept for a pusher', { digest, image: scope.imageId, error });
    throw blobUnknown(scope, digest);
  }
}

async function find(facts: Facts, scope: RepositoryScope, digest: string) {
  const [link, blob] = await Promise.all([
    facts.links.get(linkId(scope.imageId, digest)),
    facts.blobs.get(digest),
  ]);
  if (!link || !blob) throw blobUnknown(scope, digest);
  return { link, blob };
}

function viewBlob(digest: string, { blob }: { readonly blob: BlobDocument }): BlobFacts {
  return { digest, sizeBytes: blob.sizeBytes, key: blob.key };
}

export function blobUnknown(scope: RepositoryScope, digest: string): ServiceError {
  return new ServiceError('BLOB_UNKNOWN', `blob ${digest} is not in ${scope.registry.name}/${scope.image}`, {
    detail: { digest },
  });
}
