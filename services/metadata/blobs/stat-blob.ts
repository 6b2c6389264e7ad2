import { ServiceError } from '@berth/contracts';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { retryConflict } from '../retry-conflict.ts';
import { isStale, keepBlob } from './link-blob.ts';

export interface BlobFacts {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly key: string;
}

/**
 * A blob that is linked to the image. With `touch`, a pusher relies on it: the link is freshened and a condemned blob
 * taken back before the answer. BLOB_UNKNOWN.
 */
export async function statBlob(
  facts: Facts,
  scope: RepositoryScope,
  request: { digest: string; touch: boolean },
): Promise<BlobFacts> {
  const { digest } = request;
  return await retryConflict(`blob ${digest}`, async () => {
    const link = await facts.links.get(linkId(scope.imageId, digest));
    if (!link) throw blobUnknown(scope, digest);
    if (request.touch && isStale(facts, link.touchedAt)) {
      await facts.links.replace({ ...link, touchedAt: facts.clock() }, { relaxed: true });
    }
    const blob = await facts.blobs.get(digest);
    if (!blob) throw blobUnknown(scope, digest);
    if (request.touch) await keepBlob(facts, blob);
    return { digest, sizeBytes: blob.sizeBytes, key: blob.key };
  });
}

export function blobUnknown(scope: RepositoryScope, digest: string): ServiceError {
  return new ServiceError('BLOB_UNKNOWN', `blob ${digest} is not in ${scope.registry.name}/${scope.image}`, {
    detail: { digest },
  });
}
