import { ServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import type { ListedArtifact } from './find-referrer.ts';

const BATCH = 20;

/**
 * The guard's rule for artifacts: what an index names stays. The index counts in every state, since one that is on its way
 * out may come back, until its deletion is decided. ARTIFACT_REFERENCED.
 */
export async function assertNoParent(
  facts: Facts,
  { id, digest }: { readonly id: string; readonly digest: string },
): Promise<void> {
  let after: string | null = null;
  do {
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'byReference',
      equals: { references: id },
      limit: BATCH,
      ...(after === null ? {} : { after }),
    });
    const parent = page.items.find(isReference);
    if (parent)
      throw new ServiceError(
        'ARTIFACT_REFERENCED',
        `manifest ${digest} is part of index ${parent.digest}; delete that first`,
        { detail: { digest, referencedBy: parent.digest } },
      );
    after = page.next;
  } while (after !== null);
}

/** A pusher may have taken up one whose deletion was decided: then it is pending, and needs what it names. */
export function isReference({ state, deletion }: ListedArtifact): boolean {
  return state !== 'deleting' || !deletion?.isDecided;
}
