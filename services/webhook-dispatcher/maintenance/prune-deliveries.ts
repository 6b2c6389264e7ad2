import type { DeliveryDocument } from '../documents/delivery.ts';
import type { Records } from '../records.ts';
import { removeAll } from './remove-remains.ts';

const BATCH = 200;
const STATES = ['succeeded', 'failed', 'pending'] as const;

/**
 * Removes deliveries that were made longer ago than the retention, whatever became of them; the lanes of those that were
 * still waiting as well, where nobody else waits.
 */
export async function pruneDeliveries(
  records: Records,
  { retentionMs, stopping }: { readonly retentionMs: number; readonly stopping: AbortSignal },
): Promise<void> {
  const before = new Date(records.clock() - retentionMs).toISOString();
  for (const state of STATES) {
    while (!stopping.aborted) {
      const { items } = await records.deliveries.page({
        index: 'byAge',
        equals: { state },
        range: { lt: before },
        limit: BATCH,
      });
      if (items.length === 0) break;
      if (state === 'pending') {
        records.logger.warn('deliveries waited too long and are dropped', { count: items.length, before });
      }
      await removeWithLanes(records, items);
    }
  }
}

async function removeWithLanes(records: Records, items: readonly DeliveryDocument[]): Promise<void> {
  const { deliveries, lanes } = records;
  const laneIds = [...new Set(items.flatMap(({ lane }) => (lane === undefined ? [] : [lane])))];
  const known = (await lanes.getMany(laneIds)).filter((lane) => lane !== null);
  await removeAll(records, deliveries.write.remove, items);
  for (const lane of known) {
    const left = await deliveries.page({ index: 'byLane', equals: { lane: lane.id }, limit: 1 });
    if (left.items.length === 0) await removeAll(records, lanes.write.remove, [lane]);
  }
}
