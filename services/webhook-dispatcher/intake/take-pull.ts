import type { CloudEvent } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import type { WebhookFinder } from '../matching/find-webhooks.ts';
import type { Records } from '../records.ts';
import { enqueueWrites } from './enqueue.ts';
import { planDeliveries } from './plan-deliveries.ts';

/**
 * Stores the deliveries of a pull, which wait for no others. A paused webhook gets none: pulls are best effort, and would
 * pile up without end.
 */
export async function takePull(records: Records, find: WebhookFinder, event: CloudEvent): Promise<void> {
  const planned = await planDeliveries(records, find, { event, ordinal: null });
  if (planned.length === 0) return;
  await retryConflict('what webhooks get', async () => {
    const standings = await records.standings.getMany(planned.map(({ delivery }) => delivery.webhookId));
    const wanted = planned.filter((_, index) => standings[index]?.pausedAt === undefined);
    const writes = await enqueueWrites(records, wanted);
    if (writes.length > 0) await records.store.writeMany(writes);
  });
}
