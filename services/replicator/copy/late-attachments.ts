import { type Digest, isIndexType, parseManifest } from '@berth/oci';
import { isRegistryClientError, type ManifestFacts } from '@berth/registry-client';
import { attachedTags, copyAttached, referrersOf } from './copy-attached.ts';
import { copyManifest, MAX_DEPTH } from './copy-manifest.ts';
import type { CopyParts } from './copy-side.ts';
import type { CopyOutcome } from './copy-tag.ts';

/** An artifact and what an index lists, down to the last. */
export async function withChildren(
  { source }: Pick<CopyParts, 'source'>,
  { digest, mediaType }: { readonly digest: Digest } & Pick<ManifestFacts, 'mediaType'>,
  depth = 0,
): Promise<Digest[]> {
  if (!isIndexType(mediaType) || depth >= MAX_DEPTH) return [digest];
  const { bytes } = await source.client.manifests.get(source.repository, digest);
  const all = [digest];
  for (const child of parseManifest(bytes, mediaType).children) {
    const descriptor = { digest: child.digest as Digest, mediaType: child.mediaType };
    all.push(...(await withChildren({ source }, descriptor, depth + 1)));
  }
  return all;
}

/**
 * Whether something is attached to an artifact at the source, or to what is attached to it, that is not at the destination, where the
 * artifact is already.
 */
export async function lacksAttachments(parts: CopyParts, owner: Digest, depth = 0): Promise<boolean> {
  const { source, destination } = parts;
  const here = async (tag: string) => (await source.client.manifests.head(source.repository, tag))?.digest;
  const there = async (reference: string) =>
    (await destination.client.manifests.head(destination.repository, reference, { isPush: true }))?.digest;
  const tags = attachedTags(owner);
  const [referrers, ...tagged] = await Promise.all([referrersOf(source, owner), ...tags.map(here)]);
  for (const { digest } of referrers) {
    if ((await there(digest)) === undefined) return true;
    if (depth < MAX_DEPTH && (await lacksAttachments(parts, digest, depth + 1))) return true;
  }
  for (const [index, digest] of tagged.entries())
    if (digest !== undefined && (await there(tags[index] ?? '')) !== digest) return true;
  return false;
}

/** Copies what is attached to an artifact that is at the destination already. */
export async function copyLateAttachments(parts: CopyParts, owner: Digest): Promise<void> {
  await copyAttached(parts, owner, (attached) => copyManifest(parts, attached));
}

/** Copies a referrer after its subject: nothing where that is not at the destination. */
export async function copyReferrer(parts: CopyParts, digest: Digest): Promise<CopyOutcome> {
  const { source, destination } = parts;
  const name = `${source.repository}@${digest}`;
  const found = await source.client.manifests.get(source.repository, digest).catch((error: unknown) => {
    if (isRegistryClientError(error, 404)) return null;
    throw error;
  });
  if (found === null) return { state: 'skipped', isGone: true, reason: `${name} is not there any more` };
  const subject = parseManifest(found.bytes, found.mediaType).subject?.digest as Digest | undefined;
  const isWanted =
    subject !== undefined &&
    (await destination.client.manifests.head(destination.repository, subject, { isPush: true })) !== null;
  if (!isWanted)
    return { state: 'skipped', digest, reason: 'what it is attached to is not at the destination' };
  if (!(await lacksAttachments(parts, subject))) return { state: 'skipped', digest };
  await copyLateAttachments(parts, subject);
  return { state: 'copied', digest };
}
