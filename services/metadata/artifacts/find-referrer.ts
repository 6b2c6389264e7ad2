import type { Stored } from '@berth/document-store';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';

/** An artifact as pages bring it: without its bytes. */
export type ListedArtifact = Omit<Artifact, 'bytes'> & Stored;

/**
 * An artifact that names the link or artifact with this id. It counts in every state: a pending one may be live in a moment,
 * and one on its way out may be put back, which needs all that it names, until it is gone.
 */
export async function findReferrer(facts: Facts, id: string): Promise<ListedArtifact | null> {
  const { items } = await facts.artifacts.page({
    index: 'byReference',
    equals: { references: id },
    limit: 1,
  });
  return items[0] ?? null;
}
