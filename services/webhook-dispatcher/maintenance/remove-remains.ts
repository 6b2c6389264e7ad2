import { isStoreError, type Stored, type Write } from '@berth/document-store';
import type { Records } from '../records.ts';

const BATCH = 200;

/**
 * Removes what a deleted webhook leaves, deliveries and lanes, batch by batch; true when nothing is left.
 * @param mayGoOn asked before each batch; what is left then, the next call removes
 */
export async function removeRemains(
  records: Records,
  webhookId: string,
  mayGoOn: () => Promise<boolean>,
): Promise<boolean> {
  const { deliveries, lanes } = records;
  for (const [collection, index] of [
    [deliveries, 'byWebhook'],
    [lanes, 'byDue'],
  ] as const) {
    for (;;) {
      if (!(await mayGoOn())) return false;
      const { items } = await collection.page({ index, equals: { webhookId }, limit: BATCH });
      if (items.length === 0) break;
      await removeAll(records, collection.write.remove, items);
    }
  }
  return true;
}

/** Removes the documents in one commit, which may be lost with the machine; those that somebody changed stay. */
export async function removeAll(
  { store }: Pick<Records, 'store'>,
  removal: (document: Stored, options: { readonly relaxed: true }) => Write,
  documents: readonly Stored[],
): Promise<void> {
  let rest = documents.map((document) => removal(document, { relaxed: true }));
  while (rest.length > 0) {
    try {
      await store.writeMany(rest);
      return;
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
      rest = rest.slice(Number(error.detail.index) + 1);
    }
  }
}
