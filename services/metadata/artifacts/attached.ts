import type { Page } from '@berth/document-store';
import { isAttachingTag } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';
import type { ListedArtifact } from './find-referrer.ts';

/**
 * Lives with its owner and is not counted: a referrer; named by the tags of signatures only; or, without a tag, a child of an
 * index.
 */
export async function isAttached(
  facts: Facts,
  artifact: Pick<Artifact, 'subjectId'> & { readonly id: string },
  tags: readonly string[],
): Promise<boolean> {
  if (artifact.subjectId !== undefined) return true;
  return tags.length > 0 ? tags.every(isAttachingTag) : await hasParent(facts, artifact.id);
}

/** Whether an index names the artifact, besides one of them. An index that was never live does not count. */
export async function hasParent(facts: Facts, artifactId: string, besides?: string): Promise<boolean> {
  let after: string | null = null;
  do {
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'byReference',
      equals: { references: artifactId },
      limit: 2,
      ...(after === null ? {} : { after }),
    });
    const isOther = ({ id, state, deletion }: ListedArtifact) =>
      id !== besides && (state !== 'pending' || deletion !== undefined);
    if (page.items.some(isOther)) return true;
    after = page.next;
  } while (after !== null);
  return false;
}
