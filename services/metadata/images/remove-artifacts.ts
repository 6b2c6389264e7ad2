import { isServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import { deleteArtifact, settleDeletion } from '../artifacts/delete-artifact.ts';
import type { ListedArtifact } from '../artifacts/find-referrer.ts';
import type { Artifact } from '../documents/artifact.ts';
import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

const BATCH = 100;

export interface ArtifactsRemoval {
  readonly scope: RepositoryScope;
  readonly origin: Origin;
  /** RFC 3339: what is pushed later stays. */
  readonly begunAt: string;
  /** Asked before each hundred. */
  readonly isWanted?: () => Promise<boolean>;
}

/**
 * Deletes the artifacts of an image, as often round as any goes: an index sets free what it names. Those that were on their way
 * out, for a crash perhaps, go first: they keep what they name. False when it was not wanted any more. PROTECTED.
 */
export async function removeArtifacts(facts: Facts, removal: ArtifactsRemoval): Promise<boolean> {
  const { scope, origin, begunAt, isWanted = async () => true } = removal;
  for (let isProgress = true; isProgress; ) {
    isProgress = false;
    for (const state of ['deleting', 'live'] as const) {
      for await (const artifacts of pagesOf(facts, removal, state)) {
        if (!(await isWanted())) return false;
        for (const { id, digest } of artifacts) {
          const deletion =
            state === 'live'
              ? deleteArtifact(facts, { scope, digest, origin, withImage: true, pushedUntil: begunAt })
              : settle(facts, scope, id);
          isProgress = (await isDone(deletion)) || isProgress;
        }
      }
    }
  }
  return true;
}

/** Newest first; none that is empty. */
async function* pagesOf(
  facts: Facts,
  { scope: { imageId }, begunAt }: ArtifactsRemoval,
  state: Artifact['state'],
): AsyncGenerator<readonly ListedArtifact[]> {
  let after: string | null = null;
  do {
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'byImage',
      equals: { imageId, state },
      range: { lte: begunAt },
      descending: true,
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    if (page.items.length > 0) yield page.items;
    after = page.next;
  } while (after !== null);
}

async function settle(facts: Facts, scope: RepositoryScope, id: string): Promise<void> {
  const artifact = await facts.artifacts.get(id);
  if (artifact?.state === 'deleting') await settleDeletion(facts, scope, artifact);
}

/** False for one that is kept by an index, for now or for good, or is gone, or was pushed again. */
async function isDone(deletion: Promise<void>): Promise<boolean> {
  try {
    await deletion;
    return true;
  } catch (error) {
    if (isServiceError(error, 'ARTIFACT_REFERENCED', 'MANIFEST_UNKNOWN')) return false;
    throw error;
  }
}
