import { isServiceError } from '@berth/contracts';
import { isStoreError, retryConflict, type Stored } from '@berth/document-store';
import { parseManifest } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { checkReferences } from './check-references.ts';

/**
 * Makes an artifact live again that was on its way out, by the same way as a push: pending, checked, live. Where something
 * that it names is gone it stays `deleting`. A pusher or another deleter who is faster has decided.
 */
export async function putBack(
  facts: Facts,
  scope: RepositoryScope,
  deleting: Artifact & Stored,
): Promise<void> {
  const repairAt = facts.clock() + facts.settings.repairAfterMs;
  try {
    const pending = await facts.artifacts.replace(
      { ...deleting, state: 'pending', repairAt },
      { relaxed: true },
    );
    await facts.step('artifact-returning');
    if (await isWhole(facts, scope, pending)) {
      const { repairAt: _, deletion: __, ...live } = pending;
      await facts.artifacts.replace({ ...live, state: 'live' });
    } else {
      await facts.artifacts.replace({ ...pending, state: 'deleting' });
    }
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
}

/** Children that it never had, under a rule of the registry that has changed since, are no reason to lose it. */
async function isWhole(facts: Facts, scope: RepositoryScope, artifact: Artifact & Stored): Promise<boolean> {
  const lenient = { ...scope, registry: { ...scope.registry, allowMissingChildren: true } };
  try {
    const manifest = parseManifest(artifact.bytes, artifact.mediaType);
    await retryConflict(`manifest ${artifact.digest}`, () => checkReferences(facts, lenient, manifest));
    return true;
  } catch (error) {
    if (!isServiceError(error, 'MANIFEST_BLOB_UNKNOWN')) throw error;
    facts.logger.warn('artifact cannot be put back', { artifact: artifact.id, reason: error.message });
    return false;
  }
}
