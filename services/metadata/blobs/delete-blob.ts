import { ServiceError } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import { findReferrer, type ListedArtifact } from '../artifacts/find-referrer.ts';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { dropLink } from './drop-link.ts';
import { blobUnknown } from './stat-blob.ts';

/** Takes a blob out of an image; the bytes stay for others, and for the sweep. BLOB_UNKNOWN, BLOB_REFERENCED. */
export async function deleteBlob(facts: Facts, scope: RepositoryScope, digest: string): Promise<void> {
  const id = linkId(scope.imageId, digest);
  let isBegun = false;
  const removing = retryConflict(`blob ${digest}`, async () => {
    const link = await facts.links.get(id);
    if (!link) throw blobUnknown(scope, digest);
    const naming = await findReferrer(facts, id);
    if (naming) throw blobReferenced(digest, naming);
    isBegun = true;
    const revived = await dropLink(facts, link);
    if (revived) throw blobReferenced(digest, revived);
  });
  await removing.finally(() => {
    if (isBegun) facts.blobsWithdrawn(); // also where the answer of the store was lost
  });
}

function blobReferenced(digest: string, artifact: ListedArtifact): ServiceError {
  return new ServiceError(
    'BLOB_REFERENCED',
    `blob ${digest} is used by manifest ${artifact.digest}; delete that first`,
    { detail: { digest, referencedBy: artifact.digest } },
  );
}
