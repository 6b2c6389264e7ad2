import { isStoreError } from '@berth/document-store';
import { findReferrer, type ListedArtifact } from '../artifacts/find-referrer.ts';
import type { LinkDocument } from '../documents/blob.ts';
import type { Facts } from '../facts.ts';

/**
 * Removes a link unless an artifact names it (architecture §4, "Sweep"): condemn by version, look, remove by version or put
 * back. A pusher stores its artifact before it looks at the link and makes a condemned one live, so that either the
 * artifact is seen here or the removal fails. Its blob comes under review before the link is gone. Returns the artifact that
 * keeps it, null when it is removed. StoreError VERSION_CONFLICT when somebody relied on it meanwhile.
 */
export async function dropLink(facts: Facts, link: LinkDocument): Promise<ListedArtifact | null> {
  const reviewAt = facts.clock();
  const condemned = await facts.links.replace({ ...link, state: 'condemned', reviewAt }, { relaxed: true });
  await facts.step('link-condemned');
  const artifact = await findReferrer(facts, link.id);
  await facts.step('link-unneeded');
  if (!artifact) {
    await removeLink(facts, condemned);
    return null;
  }
  try {
    const later = reviewAt + facts.settings.sweepGraceMs;
    await facts.links.replace({ ...condemned, state: 'live', reviewAt: later }, { relaxed: true });
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
  return artifact;
}

/** The blob first: a review that comes between the two finds the condemned link, and waits. */
async function removeLink(facts: Facts, condemned: LinkDocument): Promise<void> {
  const blob = await facts.blobs.get(condemned.digest);
  await facts.store.writeMany([
    ...(blob ? [facts.blobs.write.replace(underReview(facts, blob), { relaxed: true })] : []),
    facts.links.write.remove(condemned),
  ]);
}

/** A blob on its way out keeps the end of its quarantine. */
function underReview<Blob extends { readonly state: string; readonly reviewAt?: number }>(
  facts: Facts,
  blob: Blob,
): Blob {
  return blob.state === 'condemned' ? blob : { ...blob, reviewAt: facts.clock() };
}
