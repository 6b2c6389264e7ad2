import { ServiceError } from '@berth/contracts';
import type { DeletedDocument } from '../documents/deleted-artifact.ts';
import { artifactId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/** What was deleted and can still be restored. ARTIFACT_NOT_FOUND. */
export async function findInBin(
  facts: Facts,
  scope: RepositoryScope,
  digest: string,
): Promise<DeletedDocument> {
  const deleted = await facts.deletedArtifacts.get(artifactId(scope.imageId, digest));
  if (deleted && deleted.restorableUntil > facts.clock()) return deleted;
  const name = `${scope.registry.name}/${scope.image}`;
  throw new ServiceError(
    'ARTIFACT_NOT_FOUND',
    `artifact ${digest} is not in the recycle bin of ${name}: it was not deleted, or too long ago`,
    { detail: { digest } },
  );
}

/** Until when the recycle bin needs the link with this id, epoch milliseconds; undefined when it does not. */
export async function neededByBinUntil(facts: Facts, linkId: string): Promise<number | undefined> {
  const { items } = await facts.deletedArtifacts.page({
    index: 'byReference',
    equals: { references: linkId },
    range: { gt: facts.clock() },
    descending: true,
    limit: 1,
  });
  return items[0]?.restorableUntil;
}
