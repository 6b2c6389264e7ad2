import type { Facts } from '../facts.ts';
import type { ListedArtifact } from './find-referrer.ts';

/** An artifact without its bytes, which a `get` would bring from the disk. */
export async function readListed(facts: Facts, id: string): Promise<ListedArtifact | null> {
  const [found = null] = await facts.artifacts.getMany([id], { withoutBytes: true });
  return found;
}
