import type { FollowedEvents } from '@berth/bus';
import type { CloudEvent } from '@berth/contracts';
import { retryConflict, type Write } from '@berth/document-store';
import { ordinalOf, type ReadingPosition } from '../documents/reading-position.ts';
import { createWebhookFinder, type WebhookFinder } from '../matching/find-webhooks.ts';
import type { Records } from '../records.ts';
import { enqueueWrites } from './enqueue.ts';
import { type PlannedDelivery, planDeliveries } from './plan-deliveries.ts';
import { retireWrites } from './retire-webhooks.ts';

/** Deliveries in one commit, and in memory. */
const CHUNK = 1_000;

/**
 * Stores the deliveries of a batch of events. An event that cannot be planned goes aside. To be done again from the start
 * when it throws: what is there already stays as it is.
 */
export async function takeEvents(
  records: Records,
  batch: FollowedEvents,
  reading: Pick<ReadingPosition, 'epoch' | 'ordinal'>,
): Promise<void> {
  const find = createWebhookFinder(records);
  let planned: PlannedDelivery[] = [];
  const store = async () => {
    await commit(records, () => enqueueWrites(records, planned));
    planned = [];
  };
  for (const [index, event] of batch.events.entries()) {
    const ordinal = ordinalOf(reading, batch.sequences[index] ?? 0);
    const isReadAgain = ordinal <= reading.ordinal;
    planned.push(...(await plan(records, { find, batch, event, ordinal, isReadAgain })));
    if (planned.length >= CHUNK) await store();
  }
  await store();
  await commit(records, () => retireWrites(records, batch.events));
}

/** In one commit what is decided from what is stored now; decided again when it was changed meanwhile. */
async function commit({ store }: Records, decide: () => Promise<readonly Write[]>): Promise<void> {
  await retryConflict('what webhooks get', async () => {
    const writes = await decide();
    if (writes.length > 0) await store.writeMany(writes);
  });
}

interface Planning {
  readonly find: WebhookFinder;
  readonly batch: FollowedEvents;
  readonly event: CloudEvent;
  readonly ordinal: number;
  readonly isReadAgain: boolean;
}

async function plan(records: Records, { find, batch, ...planned }: Planning): Promise<PlannedDelivery[]> {
  try {
    return await planDeliveries(records, find, planned);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    await batch.putAside(planned.event, error);
    return [];
  }
}
