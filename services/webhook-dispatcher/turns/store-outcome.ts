import { isStoreError, type Write } from '@berth/document-store';
import type { DeliveryDocument } from '../documents/delivery.ts';
import { type LaneDocument, laneOfDelivery } from '../documents/lane.ts';
import { type AfterAttempt, afterAttempt } from './after-attempt.ts';
import type { LaneParts } from './run-lane.ts';

export interface StoredOutcome extends AfterAttempt<DeliveryDocument> {
  /** The lane has nothing due: it waits, or is gone. */
  readonly isLaneLeft: boolean;
}

export interface Attempted {
  readonly deliveryId: string;
  readonly laneId: string;
  readonly outcome: Parameters<typeof afterAttempt>[1];
}

/**
 * Stores what came of an attempt: the delivery, then its lane, which waits with it or is removed when it was the last; one
 * that steps aside gets its lane of its own first. A lane that somebody else wrote meanwhile stays as that says, still due.
 * Null when the delivery is no longer the one that was attempted.
 */
export async function storeOutcome(parts: LaneParts, attempted: Attempted): Promise<StoredOutcome | null> {
  const { records, retryPauseMs, random } = parts;
  for (;;) {
    const before = await records.deliveries.get(attempted.deliveryId);
    if (before?.state !== 'pending' || before.lane !== attempted.laneId) return null;
    const after = afterAttempt(before, attempted.outcome, {
      now: records.clock(),
      retryPauseMs,
      random: random(),
    });
    const { writes, isLaneLeft, deliveryAt } = await writesOf(parts, attempted.laneId, after);
    try {
      await records.store.writeMany(writes);
      return { ...after, isLaneLeft };
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT', 'ID_TAKEN')) throw error;
      if (Number(error.detail.index) > deliveryAt) return { ...after, isLaneLeft: false };
    }
  }
}

interface OutcomeWrites {
  readonly writes: readonly Write[];
  /** Which of them writes the delivery. */
  readonly deliveryAt: number;
  readonly isLaneLeft: boolean;
}

async function writesOf(
  { records }: LaneParts,
  laneId: string,
  { delivery, next }: AfterAttempt<DeliveryDocument>,
): Promise<OutcomeWrites> {
  const { deliveries, lanes } = records;
  const own = laneOfDelivery(delivery.id);
  const dueAt = delivery.dueAt ?? records.clock();
  if (next === 'aside' && laneId !== own) {
    const writes = [
      laneWrite(records, { id: own, known: await lanes.get(own), webhookId: delivery.webhookId, dueAt }),
      deliveries.write.replace({ ...delivery, lane: own }),
    ];
    return { writes, deliveryAt: 1, isLaneLeft: false };
  }
  const lane = await lanes.get(laneId);
  const written = deliveries.write.replace(delivery);
  if (lane === null) return { writes: [written], deliveryAt: 0, isLaneLeft: true };
  if (next === 'again' || next === 'aside') {
    return { writes: [written, lanes.write.replace({ ...lane, dueAt })], deliveryAt: 0, isLaneLeft: true };
  }
  const { items } = await deliveries.page({ index: 'byLane', equals: { lane: laneId }, limit: 2 });
  return items.length > 1
    ? { writes: [written], deliveryAt: 0, isLaneLeft: false }
    : { writes: [written, lanes.write.remove(lane)], deliveryAt: 0, isLaneLeft: true };
}

function laneWrite(
  { lanes }: LaneParts['records'],
  lane: { id: string; known: LaneDocument | null; webhookId: string; dueAt: number },
): Write {
  const { id, known, webhookId, dueAt } = lane;
  return known === null
    ? lanes.write.insert(id, { webhookId, dueAt })
    : lanes.write.replace({ ...known, dueAt });
}
