import type { Link, LinkDocument } from '../documents/blob.ts';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/** Whether relying on a link has to be written: it is condemned, or the sweep would see it as unused before long. */
export function needsTouch(facts: Facts, { state, touchedAt }: LinkDocument): boolean {
  return state === 'condemned' || facts.clock() - touchedAt >= facts.settings.sweepGraceMs / 4;
}

/** A link that nothing names yet. */
export function newLink(facts: Facts, registryId: string, digest: string): Link {
  const touchedAt = facts.clock();
  return { registryId, digest, state: 'live', touchedAt, reviewAt: touchedAt + facts.settings.sweepGraceMs };
}

/** The link as somebody relies on it now. */
export function touched(facts: Facts, link: LinkDocument): LinkDocument {
  return { ...link, state: 'live', touchedAt: facts.clock() };
}

/**
 * Makes sure of the link, and that the sweep sees it as freshly used. `always` writes it in any case: whoever was about to
 * remove it then loses.
 */
export async function ensureLink(
  facts: Facts,
  { registry, imageId }: RepositoryScope,
  request: { readonly digest: string; readonly always: boolean },
): Promise<{ readonly link: LinkDocument; readonly isNew: boolean }> {
  const { digest } = request;
  const id = linkId(imageId, digest);
  const link = await facts.links.get(id);
  if (!link) {
    return { link: await facts.links.insert(id, newLink(facts, registry.id, digest)), isNew: true };
  }
  const isWritten = request.always || needsTouch(facts, link);
  return { link: isWritten ? await facts.links.replace(touched(facts, link)) : link, isNew: false };
}
