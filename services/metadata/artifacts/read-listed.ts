import type { Facts } from '../facts.ts';
import type { ListedArtifact } from './find-referrer.ts';

/** An artifact without its bytes, which a `get` would bring from the disk. */
export async function readListed(facts: Facts, id: string): Promise<ListedArtifact | null> {
  const { items } = await facts.artifacts.page({ index: 'id', equals: { id }, limit: 1 });
  return items[0] ?? null;
}
