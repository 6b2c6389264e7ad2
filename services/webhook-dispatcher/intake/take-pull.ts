import type { CloudEvent } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import { createWebhookFinder } from '../matching/find-webhooks.ts';
import type { Records } from '../records.ts';
import { enqueueWrites } from './enqueue.ts';
import { planDeliveries } from './plan-deliveries.ts';

/** A webhook that has so many lanes waiting is told of no further pulls. */
export const MAX_LANES_WITH_PULLS = 1_000;

/**
 * Stores the deliveries of a pull, which wait for no others. A webhook that is paused, or has more waiting than it gets rid
 * of, gets none: pulls are best effort, and would pile up without end.
 */
export type PullIntake = (event: CloudEvent) => Promise<void>;

/** What it reads of webhooks and what waits for them it reads once: to be made anew every moment. */
export function createPullIntake(records: Records): PullIntake {
  const find = createWebhookFinder(records);
  const full = new Map<string, Promise<boolean>>();

  /** Asked by the lanes' own index, which is read to its bound at most. */
  async function countLanes(webhookId: string): Promise<boolean> {
    const query = { index: 'byDue', equals: { webhookId }, limit: MAX_LANES_WITH_PULLS };
    return (await records.lanes.page(query)).items.length === MAX_LANES_WITH_PULLS;
  }

  function isFull(webhookId: string): Promise<boolean> {
    const known = full.get(webhookId) ?? countLanes(webhookId);
    full.set(webhookId, known);
    return known;
  }

  return async (event) => {
    const planned = await planDeliveries(records, find, { event, ordinal: null });
    const ids = planned.map(({ delivery }) => delivery.webhookId);
    const areFull = await Promise.all(ids.map(isFull));
    if (areFull.every(Boolean)) return;
    await retryConflict('what webhooks get', async () => {
      const standings = await records.standings.getMany(ids);
      const wanted = planned.filter(
        (_, index) => standings[index]?.pausedAt === undefined && areFull[index] === false,
      );
      const writes = await enqueueWrites(records, wanted);
      if (writes.length > 0) await records.store.writeMany(writes);
    });
  };
}
