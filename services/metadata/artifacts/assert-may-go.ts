import type { PlannedFacts } from '@berth/contracts';
import type { Facts } from '../facts.ts';
import { assertArtifactUnprotected } from '../protection/guard-artifact.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { assertNoParent } from './assert-no-parent.ts';
import { assertUnchanged } from './assert-unchanged.ts';
import { assertUnkept } from './assert-unkept.ts';
import type { ListedArtifact } from './find-referrer.ts';

/**
 * What keeps an artifact from being deleted, asked before it is marked as `deleting` and again after (architecture §4): a
 * policy; an index that names it; where it only goes along with its owner, whatever else keeps it; and where it only goes as it was planned,
 * what changed since. PROTECTED, ARTIFACT_REFERENCED, PRECONDITION_FAILED.
 */
export async function assertMayGo(
  facts: Facts,
  scope: RepositoryScope,
  artifact: Pick<ListedArtifact, 'id' | 'digest' | 'subjectId' | 'pushedAt' | 'kind' | 'references'> & {
    readonly attachedTo?: string | undefined;
    readonly planned?: PlannedFacts | undefined;
  },
): Promise<void> {
  const { id, digest, attachedTo, planned } = artifact;
  await assertArtifactUnprotected(facts, scope, digest);
  await assertNoParent(facts, { id, digest });
  if (attachedTo !== undefined) await assertUnkept(facts, { ...artifact, attachedTo });
  if (planned !== undefined) await assertUnchanged(facts, scope, artifact, planned);
}
