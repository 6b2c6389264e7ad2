import { type Digest, type ParsedManifest, parseManifest } from '@berth/oci';
import { type Manifest, RegistryClientError } from '@berth/registry-client';
import { copyAttached } from './copy-attached.ts';
import { copyBlob } from './copy-blob.ts';
import type { CopyParts } from './copy-side.ts';

const BLOBS_AT_ONCE = 4;
/** Indexes of indexes, and signatures of signatures. */
export const MAX_DEPTH = 8;

/**
 * Copies a manifest and all that it needs, then what is attached to it: children of an index first, then its blobs, the manifest
 * by its digest, its signatures and other referrers last. What is there is not sent again; foreign layers stay where they are.
 */
export async function copyManifest(parts: CopyParts, reference: string, depth = 0): Promise<Manifest> {
  const { source, destination, signal } = parts;
  signal.throwIfAborted();
  if (depth > MAX_DEPTH)
    throw new RegistryClientError('PROTOCOL', `${reference} is nested more than ${MAX_DEPTH} levels deep`);
  const manifest = await source.client.manifests.get(source.repository, reference);
  const parsed = parseManifest(manifest.bytes, manifest.mediaType);
  const there = await destination.client.manifests.head(destination.repository, manifest.digest, {
    isPush: true,
  });
  if (there === null) {
    for (const { digest } of parsed.children) await copyManifest(parts, digest, depth + 1);
    await copyBlobs(parts, parsed);
    await putManifest(parts, manifest.digest, manifest);
  }
  await copyAttached(parts, manifest.digest, (attached) => copyManifest(parts, attached, depth + 1));
  return manifest;
}

/** Stores a manifest under a tag or its digest. RegistryClientError DIGEST_MISMATCH when the destination names another one. */
export async function putManifest(
  { destination: { client, repository } }: CopyParts,
  reference: string,
  { digest, bytes, mediaType }: Pick<Manifest, 'digest' | 'bytes' | 'mediaType'>,
): Promise<void> {
  const stored = await client.manifests.put(repository, reference, { bytes, mediaType });
  if (stored.digest === digest) return;
  throw new RegistryClientError(
    'DIGEST_MISMATCH',
    `${client.origin} says that it stored ${repository} ${reference} as ${stored.digest}, not as ${digest}`,
  );
}

async function copyBlobs(parts: CopyParts, { blobs }: ParsedManifest): Promise<void> {
  const waiting = [...new Map(blobs.map((blob) => [blob.digest as Digest, blob])).values()];
  const failed = new AbortController();
  const signal = AbortSignal.any([parts.signal, failed.signal]);
  async function work(): Promise<void> {
    for (let blob = waiting.shift(); blob !== undefined; blob = waiting.shift())
      await copyBlob({ ...parts, signal }, blob);
  }
  const workers = Array.from({ length: BLOBS_AT_ONCE }, async () => {
    try {
      await work();
    } catch (error) {
      waiting.length = 0;
      failed.abort();
      throw error;
    }
  });
  const first = Promise.all(workers);
  first.catch(() => undefined); // it is looked at when all have ended
  await Promise.allSettled(workers);
  await first;
}
