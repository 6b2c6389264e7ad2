import {
  type Collection,
  type DocumentStore,
  isStoreError,
  type PageQuery,
  type Stored,
  type WriteOptions,
  writePastConflicts,
} from '@berth/document-store';

const PAGE = 200;

/**
 * Removes what a query finds, each page in one commit; what somebody else changes or removes meanwhile is found again, or
 * gone. Returns how many.
 */
export async function removePages<Body extends object>(
  facts: { readonly store: Pick<DocumentStore, 'writeMany'> },
  removal: {
    readonly of: Collection<Body>;
    readonly query: Omit<PageQuery, 'limit' | 'after'>;
    readonly optionsFor: (documents: readonly (Body & Stored)[]) => Promise<readonly WriteOptions[]>;
  },
): Promise<number> {
  const { of: collection, query, optionsFor } = removal;
  for (let removed = 0; ; ) {
    const { items, next } = await collection.page({ ...query, limit: PAGE });
    const options = await optionsFor(items);
    const executed = await writePastConflicts(
      facts,
      items.map((document, place) => collection.write.remove(document, options[place])),
    );
    removed += executed.length;
    if (next === null && executed.length === items.length) return removed;
  }
}

/** False when somebody else changed or removed it first. */
export async function removeQuietly<Body extends object>(
  collection: Collection<Body>,
  document: Stored,
  options: WriteOptions = {},
): Promise<boolean> {
  try {
    await collection.remove(document, options);
    return true;
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
    return false;
  }
}
