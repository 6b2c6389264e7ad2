import { isServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import { deleteArtifact, settleDeletion } from '../artifacts/delete-artifact.ts';
import type { ListedArtifact } from '../artifacts/find-referrer.ts';
import type { Artifact } from '../documents/artifact.ts';
import type { Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { assertImageUnprotected } from '../protection/guard-image.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { removeEmptyImage } from './remove-empty-image.ts';

const BATCH = 100;

/**
 * Deletes all artifacts of an image, indexes before what they name, then the image itself, unless somebody pushed to it
 * meanwhile. Artifacts pushed after it began stay. Those that were on their way out, for a crash perhaps, go first: they
 * keep what they name. PROTECTED, before anything went unless a tag became protected meanwhile.
 */
export async function deleteImage(facts: Facts, scope: RepositoryScope, origin: Origin): Promise<void> {
  await assertImageUnprotected(facts, scope);
  const begunAt = timestamp(facts);
  for (let isProgress = true; isProgress; ) {
    isProgress = false;
    for (const state of ['deleting', 'live'] as const) {
      for await (const { id, digest } of artifactsOf(facts, scope, { state, begunAt })) {
        const deletion =
          state === 'live' ? deleteArtifact(facts, { scope, digest, origin }) : settle(facts, scope, id);
        isProgress = (await isDone(deletion)) || isProgress;
      }
    }
  }
  await removeEmptyImage(facts, scope.imageId);
}

/** Newest first. */
async function* artifactsOf(
  facts: Facts,
  { imageId }: RepositoryScope,
  { state, begunAt }: { readonly state: Artifact['state']; readonly begunAt: string },
): AsyncGenerator<ListedArtifact> {
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
    yield* page.items;
    after = page.next;
  } while (after !== null);
}

async function settle(facts: Facts, scope: RepositoryScope, id: string): Promise<void> {
  const artifact = await facts.artifacts.get(id);
  if (artifact?.state === 'deleting') await settleDeletion(facts, scope, artifact);
}

/** False for one that is kept by an index, for now or for good, or is gone. */
async function isDone(deletion: Promise<void>): Promise<boolean> {
  try {
    await deletion;
    return true;
  } catch (error) {
    if (isServiceError(error, 'ARTIFACT_REFERENCED', 'MANIFEST_UNKNOWN')) return false;
    throw error;
  }
}
