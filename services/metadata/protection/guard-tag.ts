import { ownerOfTag } from '@berth/oci';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { askGuard } from './ask-guard.ts';
import { assertArtifactUnprotected } from './guard-artifact.ts';
import { protectedError } from './protected.ts';

/** Refuses to point a tag that exists at another artifact. One indexed read. PROTECTED. */
export async function assertTagMovable(facts: Facts, scope: RepositoryScope, tag: string): Promise<void> {
  const policy = (await askGuard(facts, scope))?.(tag);
  if (policy === undefined) return;
  throw protectedError(described(scope, tag), { tags: [tag], policy });
}

/** Refuses to delete a protected tag, and one that attaches a signature or the like to a protected artifact. PROTECTED. */
export async function assertTagDeletable(facts: Facts, scope: RepositoryScope, tag: string): Promise<void> {
  await assertTagMovable(facts, scope, tag);
  const owner = ownerOfTag(tag);
  if (owner !== undefined) await assertArtifactUnprotected(facts, scope, owner, described(scope, tag));
}

function described(scope: RepositoryScope, tag: string): string {
  return `tag "${tag}" of ${scope.registry.name}/${scope.image}`;
}
