import type { Page } from '@berth/document-store';
import type { ListedDeleted } from '../documents/deleted-artifact.ts';
import type { Facts } from '../facts.ts';

export interface DeletedQuery {
  readonly limit: number;
  readonly after?: string;
}

/** What can be restored, of an image or of a whole registry, the last deleted first. A page may be short and have a next. */
export async function listDeleted(
  facts: Facts,
  parent: { readonly imageId: string } | { readonly registryId: string },
  { limit, after }: DeletedQuery,
): Promise<Page<ListedDeleted>> {
  const { items, next } = await facts.deletedArtifacts.page({
    index: 'imageId' in parent ? 'byImage' : 'byRegistry',
    equals: parent,
    descending: true,
    limit,
    ...(after === undefined ? {} : { after }),
  });
  const ids = items.map(({ id }) => id);
  const artifacts = await facts.artifacts.getMany(ids, { withoutBytes: true });
  const now = facts.clock();
  const isDeleted = (index: number) => artifacts[index]?.state !== 'live'; // else pushed again since
  return {
    items: items.filter(({ restorableUntil }, index) => restorableUntil > now && isDeleted(index)),
    next,
  };
}
