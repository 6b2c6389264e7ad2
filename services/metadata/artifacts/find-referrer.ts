import type { Stored } from '@berth/document-store';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';

/** An artifact as pages bring it: without its bytes. */
export type ListedArtifact = Omit<Artifact, 'bytes'> & Stored;

/** An artifact, pending or live, that needs the link or artifact with this id; one on its way out needs nothing. */
export async function findReferrer(facts: Facts, id: string): Promise<ListedArtifact | null> {
  let after: string | undefined;
  do {
    const page = await facts.artifacts.page({
      index: 'byReference',
      equals: { references: id },
      limit: 50,
      ...(after === undefined ? {} : { after }),
    });
    const referrer = page.items.find(({ state }) => state !== 'deleting');
    if (referrer) return referrer;
    after = page.next ?? undefined;
  } while (after !== undefined);
  return null;
}
