import type { Digest } from '@berth/oci';
import { type ManifestFacts, RegistryClientError } from '@berth/registry-client';
import { differs } from './copy-attached.ts';
import { copyManifest, putManifest } from './copy-manifest.ts';
import type { CopyParts } from './copy-side.ts';
import { hasGrown } from './has-grown.ts';
import { copyLateAttachments, lacksAttachments, withChildren } from './late-attachments.ts';

export type CopyOutcome =
  | { readonly state: 'skipped' | 'planned'; readonly digest: Digest }
  /** `isGone`: the source has no such tag any more. */
  | { readonly state: 'copied'; readonly digest: Digest; readonly isGone?: true }
  | { readonly state: 'skipped'; readonly isGone: true; readonly reason: string }
  | { readonly state: 'conflict'; readonly digest: Digest; readonly reason: string };

export interface CopyRules {
  readonly dryRun: boolean;
  /** It is the tag of something attached, which may grow. */
  readonly isAttached: boolean;
}

/** A tag that moves faster than it can be copied is left to the next run. */
const MAX_MOVES = 10;

/**
 * Makes a tag of the destination what the tag of the source is now; nothing when it is that already. The tag is written last, and
 * the source looked at once more: of two copies at once of a tag that moves, the last to write sees what it is now.
 */
export async function copyTag(parts: CopyParts, tag: string, rules: CopyRules): Promise<CopyOutcome> {
  const { source, destination } = parts;
  let written: Digest | undefined;
  for (let moves = 0; moves < MAX_MOVES; moves += 1) {
    const found = await currentFacts(parts, tag);
    if (found === null) {
      if (written !== undefined) return { state: 'copied', digest: written, isGone: true };
      return { state: 'skipped', isGone: true, reason: `${source.repository}:${tag} is not there any more` };
    }
    const current = found.digest;
    if (current === written) return { state: 'copied', digest: current };
    const there = await destination.client.manifests.head(destination.repository, tag, { isPush: true });
    if (there !== null && there.digest === current && written === undefined)
      return await copyWhatIsLate(parts, found, rules);
    const isOther = there !== null && there.digest !== written && !parts.overwrites;
    if (isOther && !(rules.isAttached && (await hasGrown(parts, tag))))
      return { state: 'conflict', digest: current, reason: differs(destination, tag, there) };
    if (rules.dryRun) return { state: 'planned', digest: current };
    const manifest = await copyManifest(parts, current);
    await parts.beforeTag?.(current);
    parts.signal.throwIfAborted();
    await putManifest(parts, tag, manifest);
    written = current;
  }
  throw new RegistryClientError('PROTOCOL', `${source.repository}:${tag} moved ${MAX_MOVES} times meanwhile`);
}

interface Found extends Pick<ManifestFacts, 'mediaType'> {
  readonly digest: Digest;
}

/** Of a tag that is equal on both sides: what was attached since, to it or to what it lists. */
async function copyWhatIsLate(parts: CopyParts, found: Found, rules: CopyRules): Promise<CopyOutcome> {
  const { digest } = found;
  let outcome: CopyOutcome = { state: 'skipped', digest };
  for (const owner of await withChildren(parts, found)) {
    if (!(await lacksAttachments(parts, owner))) continue;
    if (rules.dryRun) return { state: 'planned', digest };
    await copyLateAttachments(parts, owner);
    outcome = { state: 'copied', digest };
  }
  return outcome;
}

async function currentFacts({ source }: CopyParts, tag: string): Promise<Found | null> {
  const found = await source.client.manifests.head(source.repository, tag);
  if (found === null) return null;
  const { digest, mediaType } = found;
  if (digest !== null) return { digest, mediaType };
  return await source.client.manifests.get(source.repository, tag);
}
