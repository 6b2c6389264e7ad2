import { type Actor, isServiceError, type PlannedFacts } from '@berth/contracts';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import type { Facts } from '../facts.ts';
import type { PullRecorder } from '../pulls/pull-recorder.ts';
import type { RepositoryScope } from '../repository-scope.ts';

export interface CleanUp {
  readonly scope: RepositoryScope;
  readonly digest: string;
  readonly planned: PlannedFacts;
  readonly actor: Actor;
}

export type CleanUpResult = {
  readonly outcome: 'deleted' | 'kept' | 'gone';
  readonly reason?: string;
};

/**
 * Deletes an artifact as cleanup planned it, with its tags and what is attached to it, by the same way and the same guard as any
 * other deletion. One that changed since, or that something holds, stays; whatever a client does at the same moment wins.
 */
export async function cleanUpArtifact(
  facts: Facts,
  pulls: Pick<PullRecorder, 'flush'>,
  { scope, digest, planned, actor }: CleanUp,
): Promise<CleanUpResult> {
  await pulls.flush();
  try {
    const origin = { actor, via: 'cleanup' } as const;
    await deleteArtifact(facts, { scope, digest, origin, withAttached: true, planned });
    return { outcome: 'deleted' };
  } catch (error) {
    if (isServiceError(error, 'MANIFEST_UNKNOWN')) return { outcome: 'gone' };
    if (isServiceError(error, 'PRECONDITION_FAILED', 'PROTECTED', 'ARTIFACT_REFERENCED', 'VERSION_CONFLICT'))
      return { outcome: 'kept', reason: error.message };
    throw error;
  }
}
