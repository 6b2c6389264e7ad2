import type { Artifact } from '../documents/artifact.ts';
import { artifactId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import { assertArtifactUnprotected } from '../protection/guard-artifact.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { assertNoParent } from './assert-no-parent.ts';
import { assertUnkept } from './assert-unkept.ts';

/**
 * What keeps an artifact from being deleted, asked before it is marked as `deleting` and again after (architecture §4): a
 * policy; an index that names it; and, where it only goes along with its owner, whatever else keeps
 * it. PROTECTED, ARTIFACT_REFERENCED.
 */
export async function assertMayGo(
  facts: Facts,
  scope: RepositoryScope,
  artifact: Pick<Artifact, 'digest' | 'subjectId'> & { readonly attachedTo?: string | undefined },
): Promise<void> {
  const { digest, attachedTo } = artifact;
  await assertArtifactUnprotected(facts, scope, digest);
  const id = artifactId(scope.imageId, digest);
  await assertNoParent(facts, { id, digest });
  if (attachedTo !== undefined) await assertUnkept(facts, { ...artifact, id, attachedTo });
}
