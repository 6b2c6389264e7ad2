import {
  type Collection,
  isStoreError,
  type PageQuery,
  type Stored,
  type WriteOptions,
} from '@berth/document-store';

const PAGE = 200;

/**
 * Removes what a query finds, page by page; what somebody else changes or removes meanwhile is found again, or gone.
 * Returns how many.
 */
export async function removePages<Body extends object>(
  collection: Collection<Body>,
  query: Omit<PageQuery, 'limit' | 'after'>,
  optionsFor: (document: Body & Stored) => WriteOptions = () => ({}),
): Promise<number> {
  for (let removed = 0; ; ) {
    const { items, next } = await collection.page({ ...query, limit: PAGE });
    const outcomes = await Promise.all(
      items.map((document) => removeQuietly(collection, document, optionsFor(document))),
    );
    removed += outcomes.filter(Boolean).length;
    if (next === null && !outcomes.includes(false)) return removed;
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
