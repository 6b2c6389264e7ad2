import { ServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import { ATTACHING_TAGS, ownerOfTag } from '@berth/oci';
import { isReference } from '../artifacts/assert-no-parent.ts';
import type { ListedArtifact } from '../artifacts/find-referrer.ts';
import { artifactId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { askGuard, findProtected } from './ask-guard.ts';
import { protectedError } from './protected.ts';

/** So many owners, and owners of theirs, are looked at; what belongs to more counts as protected. */
const OWNERS_AT_MOST = 1_000;
const BATCH = 100;

/**
 * Refuses the deletion of an artifact that has a protected tag, or that belongs to one which has: the indexes that hold
 * it, its subject, what its tags attach it to, and so on upwards. PROTECTED, whose message begins with `what`.
 */
export async function assertArtifactUnprotected(
  facts: Facts,
  scope: RepositoryScope,
  digest: string,
  what = `artifact ${digest} of ${scope.registry.name}/${scope.image}`,
): Promise<void> {
  const guard = await askGuard(facts, scope);
  if (guard === null) return;
  const owners = new Set([artifactId(scope.imageId, digest)]);
  for (const id of owners) {
    const found = await findProtected(facts, guard, { artifactId: id });
    if (found) throw protectedError(what, found);
    await addOwners(facts, scope, { id, owners });
    if (owners.size > OWNERS_AT_MOST) {
      const message = `${what} belongs to more than ${OWNERS_AT_MOST} others, of which some may be protected`;
      throw new ServiceError('PROTECTED', message, { detail: { tags: [] } });
    }
  }
}

async function addOwners(
  facts: Facts,
  scope: RepositoryScope,
  { id, owners }: { readonly id: string; readonly owners: Set<string> },
): Promise<void> {
  const subjectId = (await facts.artifacts.get(id))?.subjectId;
  if (subjectId !== undefined) owners.add(subjectId);
  const attaching = await facts.tags.page({
    index: 'byArtifact',
    equals: { artifactId: id },
    range: ATTACHING_TAGS,
    limit: BATCH,
  });
  for (const { name } of attaching.items) {
    const owner = ownerOfTag(name);
    if (owner !== undefined) owners.add(artifactId(scope.imageId, owner));
  }
  let after: string | null = null;
  do {
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'byReference',
      equals: { references: id },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    for (const parent of page.items) if (isReference(parent)) owners.add(parent.id);
    after = page.next;
  } while (after !== null && owners.size <= OWNERS_AT_MOST);
}
