import { setTimeout as pause } from 'node:timers/promises';
import { isStoreError } from '@berth/document-store';
import type { DeliveryDocument } from '../documents/delivery.ts';
import type { Records } from '../records.ts';
import type { Outcome } from '../sending/send-event.ts';
import type { Next } from './after-attempt.ts';
import { type Attempted, type StoredOutcome, storeOutcome } from './store-outcome.ts';

/** Deliveries of one lane in a row, then other lanes of the webhook have their turn. */
const IN_A_ROW = 16;
const LONGEST_PAUSE_MS = 2_000;

export interface LaneParts {
  readonly records: Records;
  /** BERTH_WEBHOOK_RETRY_PAUSE */
  readonly retryPauseMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Null when it was cut off and nobody knows. */
  readonly send: (delivery: DeliveryDocument) => Promise<Outcome | null>;
  /** Called when an attempt is stored. */
  readonly onAttempt: (outcome: Outcome, next: Next, delivery: DeliveryDocument) => void;
  /** Asked before each delivery. */
  readonly mayGoOn: () => boolean;
}

/**
 * Attempts what is due in a lane, one after the other, until one has to wait, none is left, or others are to have their
 * turn. Whatever ends it, what is not done is still due.
 */
export async function runLane(parts: LaneParts, laneId: string): Promise<void> {
  const { lanes, deliveries, clock } = parts.records;
  for (let count = 0; parts.mayGoOn(); count += 1) {
    const lane = await lanes.get(laneId);
    if (lane === null) return;
    const { items } = await deliveries.page({ index: 'byLane', equals: { lane: laneId }, limit: 1 });
    const [head] = items;
    const now = clock();
    let isLeft = false;
    if (head === undefined) {
      isLeft = await unlessConflict(lanes.remove(lane));
    } else if ((head.dueAt ?? 0) > now || count === IN_A_ROW) {
      isLeft = await unlessConflict(lanes.replace({ ...lane, dueAt: Math.max(head.dueAt ?? 0, now) }));
    } else {
      const outcome = await parts.send(head);
      if (outcome === null) return;
      const stored = await storedInTime(parts, { deliveryId: head.id, laneId, outcome });
      if (stored !== null) parts.onAttempt(outcome, stored.next, stored.delivery);
      isLeft = stored?.isLaneLeft ?? false;
    }
    if (isLeft) return;
  }
}

/** What came of an attempt is kept until the store takes it: to forget it would be to send the event again. */
async function storedInTime(parts: LaneParts, attempted: Attempted): Promise<StoredOutcome | null> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await storeOutcome(parts, attempted);
    } catch (error) {
      if (!isStoreError(error, 'STORAGE_FULL', 'UNAVAILABLE') || !parts.mayGoOn()) throw error;
      await pause(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** failures));
    }
  }
}

/** False when somebody changed it first: it is to be looked at again. */
async function unlessConflict(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) return false;
    throw error;
  }
}
