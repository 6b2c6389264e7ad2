import { retryConflict, type Write } from '@berth/document-store';
import type { DeliveryDocument } from '../documents/delivery.ts';
import { laneOfDelivery } from '../documents/lane.ts';
import type { Records } from '../records.ts';
import { wake } from '../webhooks/wake-webhook.ts';
import { requireDelivery } from './find-delivery.ts';

/** Until the delivery is in it, nobody takes the lane for an empty one. */
const AHEAD_MS = 5_000;

/**
 * Makes a delivery due at once, with its event id: one that is done in a lane of its own, one that waits for its next attempt
 * where it is. The lane is there, for a little later, before the delivery says that it waits in it. DELIVERY_NOT_FOUND.
 */
export async function redeliver(records: Records, webhookId: string, id: string): Promise<DeliveryDocument> {
  const { deliveries, store, clock } = records;
  const pending = await retryConflict(`delivery ${id}`, async () => {
    const delivery = await requireDelivery(records, webhookId, id);
    const lane = delivery.lane ?? laneOfDelivery(id);
    const writes = [
      await laneWrite(records, { lane, webhookId, dueAt: clock() + AHEAD_MS }),
      deliveries.write.replace(dueAgain(delivery, lane, clock())),
    ];
    return (await store.writeMany(writes)).at(-1) as DeliveryDocument & { readonly lane: string };
  });
  await retryConflict(`delivery ${id}`, async () => {
    await store.writeMany([await laneWrite(records, { lane: pending.lane, webhookId, dueAt: clock() })]);
  });
  await wake(records, webhookId);
  return pending;
}

function dueAgain(delivery: DeliveryDocument, lane: string, now: number): DeliveryDocument {
  const { dueAt: _dueAt, ...rest } = delivery;
  const isPending = delivery.state === 'pending';
  return {
    ...rest,
    state: 'pending',
    lane,
    tries: isPending ? delivery.tries : 0,
    updatedAt: new Date(now).toISOString(),
  };
}

async function laneWrite(
  { lanes }: Records,
  { lane, webhookId, dueAt }: { readonly lane: string; readonly webhookId: string; readonly dueAt: number },
): Promise<Write> {
  const known = await lanes.get(lane);
  return known === null
    ? lanes.write.insert(lane, { webhookId, dueAt })
    : lanes.write.replace({ ...known, dueAt });
}
