import { ServiceError } from '@berth/contracts';
import { findReferrer } from '../artifacts/find-referrer.ts';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { retryConflict } from '../retry-conflict.ts';
import { blobUnknown } from './stat-blob.ts';

/**
 * Takes a blob out of an image; the bytes stay for others, and for the sweep. The link is removed first and put back
 * when an artifact turns out to name it, so that a push at the same moment either finds the link or stops the removal.
 */
export async function deleteBlob(facts: Facts, scope: RepositoryScope, digest: string): Promise<void> {
  const id = linkId(scope.imageId, digest);
  await retryConflict(`blob ${digest}`, async () => {
    const link = await facts.links.get(id);
    if (!link) throw blobUnknown(scope, digest);
    await assertUnreferenced(facts, id, digest);
    await facts.links.remove(link);
    try {
      await assertUnreferenced(facts, id, digest);
    } catch (error) {
      const { id: _, version: __, ...body } = link;
      await facts.links.insert(id, body);
      throw error;
    }
  });
}

async function assertUnreferenced(facts: Facts, id: string, digest: string): Promise<void> {
  const artifact = await findReferrer(facts, id);
  if (!artifact) return;
  throw new ServiceError(
    'BLOB_REFERENCED',
    `blob ${digest} is used by manifest ${artifact.digest}; delete that first`,
    {
      detail: { digest, referencedBy: artifact.digest },
    },
  );
}
