import { type Digest, digestOf, MEDIA_TYPES } from '@berth/oci';
import {
  isRegistryClientError,
  type Manifest,
  type ManifestFacts,
  type Referrer,
} from '@berth/registry-client';
import type { CopyParts, CopySide } from './copy-side.ts';
import { hasGrown } from './has-grown.ts';

/** As cosign names what belongs to an artifact. */
const SUFFIXES = ['.sig', '.att', '.sbom'];
const MAX_REFERRERS = 1_000;

/**
 * Copies what is attached to an artifact: by `subject`, and by the tags `sha256-<hex>.sig|.att|.sbom`. Where the destination has no
 * referrers API, referrers are listed in the tag `sha256-<hex>` (OCI distribution specification 1.1, "Referrers Tag Schema").
 */
export async function copyAttached(
  parts: CopyParts,
  owner: Digest,
  copy: (reference: string) => Promise<Manifest>,
): Promise<void> {
  const { source, destination } = parts;
  const referrers = await referrersOf(source, owner);
  for (const { digest } of referrers) await copy(digest);
  if (referrers.length > 0 && !(await listsReferrers(parts, owner, referrers))) {
    await listInTag(parts, listTag(owner), referrers);
  }
  for (const name of attachedTags(owner)) {
    const found = await source.client.manifests.head(source.repository, name);
    if (found === null) continue;
    const there = await destination.client.manifests.head(destination.repository, name, { isPush: true });
    if (there !== null && there.digest === found.digest) continue;
    if (there !== null && !parts.overwrites && !(await hasGrown(parts, name))) {
      parts.onLeft(differs(destination, name, there));
      continue;
    }
    const { bytes, mediaType } = await copy(name);
    await destination.client.manifests.put(destination.repository, name, { bytes, mediaType });
  }
}

/** Why a tag of the destination is left alone. */
export function differs({ repository }: CopySide, tag: string, there: Pick<ManifestFacts, 'digest'>): string {
  return `${repository}:${tag} is ${there.digest ?? 'another artifact'} at the destination, and overwrite is never`;
}

/** The first thousand. */
export async function referrersOf({ client, repository }: CopySide, owner: Digest): Promise<Referrer[]> {
  const referrers: Referrer[] = [];
  for await (const referrer of client.lists.referrers(repository, owner)) {
    referrers.push(referrer);
    if (referrers.length === MAX_REFERRERS) break;
  }
  return referrers;
}

/** The tags of what cosign attaches. */
export const attachedTags = (owner: Digest): string[] =>
  SUFFIXES.map((suffix) => `${listTag(owner)}${suffix}`);

const listTag = (owner: Digest): string => owner.replace(':', '-');

/** Whether who asks the destination for referrers is told of all of these. */
async function listsReferrers(
  { destination }: CopyParts,
  owner: Digest,
  referrers: readonly Referrer[],
): Promise<boolean> {
  const missing = new Set<string>(referrers.map(({ digest }) => digest));
  try {
    const listed = destination.client.lists.referrers(destination.repository, owner);
    for await (const { digest } of listed) missing.delete(digest);
  } catch (error) {
    if (!isRegistryClientError(error, 401, 403)) throw error;
    return true; // who may push, and not pull, cannot look
  }
  return missing.size === 0;
}

async function listInTag({ destination }: CopyParts, tag: string, referrers: readonly Referrer[]) {
  const { client, repository } = destination;
  const before = await client.manifests.get(repository, tag).catch((error: unknown) => {
    if (isRegistryClientError(error, 404)) return null;
    throw error;
  });
  const known: Referrer[] =
    before === null ? [] : (JSON.parse(before.bytes.toString('utf8')).manifests ?? []);
  const all = new Map([...known, ...referrers].map((referrer) => [referrer.digest, referrer]));
  const mediaType = MEDIA_TYPES.ociIndex;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [...all.values()] }));
  if (before?.digest === digestOf(bytes)) return;
  await client.manifests.put(repository, tag, { bytes, mediaType });
}
