import { isStoreError } from '@berth/document-store';
import { findReferrer, type ListedArtifact } from '../artifacts/find-referrer.ts';
import type { LinkDocument } from '../documents/blob.ts';
import type { Facts } from '../facts.ts';

/**
 * Removes a link unless an artifact names it (architecture §4, "Sweep"): condemn by version, look, remove by version or put
 * back. A pusher stores its artifact before it looks at the link and makes a condemned one live, so that either the
 * artifact is seen here or the removal fails. Returns the artifact that keeps it, null when it is removed. StoreError
 * VERSION_CONFLICT when somebody relied on it meanwhile.
 */
export async function dropLink(facts: Facts, link: LinkDocument): Promise<ListedArtifact | null> {
  const condemned = await facts.links.replace({ ...link, state: 'condemned' }, { relaxed: true });
  await facts.step('link-condemned');
  const artifact = await findReferrer(facts, link.id);
  await facts.step('link-unneeded');
  if (!artifact) {
    await facts.links.remove(condemned);
    return null;
  }
  try {
    await facts.links.replace({ ...condemned, state: 'live' }, { relaxed: true });
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
  return artifact;
}
