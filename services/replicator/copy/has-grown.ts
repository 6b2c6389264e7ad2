import { parseManifest } from '@berth/oci';
import { isRegistryClientError } from '@berth/registry-client';
import type { CopyParts, CopySide } from './copy-side.ts';

/**
 * Whether the source holds all that the destination has under a tag, and more: cosign adds signatures to those that are there. Such a
 * tag is no other artifact that somebody else put there. No, where the destination lets nobody look.
 */
export async function hasGrown({ source, destination }: CopyParts, tag: string): Promise<boolean> {
  const there = await layersOf(destination, tag).catch((error: unknown) => {
    if (isRegistryClientError(error, 401, 403, 404)) return [];
    throw error;
  });
  if (there.length === 0) return false;
  const here = new Set(await layersOf(source, tag));
  return there.every((layer) => here.has(layer));
}

async function layersOf({ client, repository }: CopySide, tag: string): Promise<string[]> {
  const { bytes, mediaType } = await client.manifests.get(repository, tag);
  return parseManifest(bytes, mediaType).layers.map(({ digest }) => digest);
}
