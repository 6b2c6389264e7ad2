import type { Page } from '@berth/document-store';
import type { DeliveryDocument } from '../documents/delivery.ts';
import type { Records } from '../records.ts';

const BATCH = 500;
const LIMIT = 10_000;

/** How many deliveries are not done, counted up to 10,000. */
export async function countPending({ deliveries }: Records): Promise<number> {
  let count = 0;
  let after: string | null = null;
  do {
    const page: Page<DeliveryDocument> = await deliveries.page({
      index: 'byAge',
      equals: { state: 'pending' },
      limit: BATCH,
      ...(after !== null && { after }),
    });
    count += page.items.length;
    after = page.next;
  } while (after !== null && count < LIMIT);
  return count;
}
