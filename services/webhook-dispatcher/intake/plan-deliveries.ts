import type { CloudEvent } from '@berth/contracts';
import { type Delivery, deliveryId } from '../documents/delivery.ts';
import { laneOfDelivery, laneOfObject } from '../documents/lane.ts';
import type { WebhookFinder } from '../matching/find-webhooks.ts';
import { matches, typeOf } from '../matching/matches.ts';
import { objectKey } from '../matching/object-key.ts';
import { type Records, timestamp } from '../records.ts';

export interface PlannedDelivery {
  readonly id: string;
  readonly delivery: Delivery & { readonly lane: string };
}

export interface PlannedEvent {
  readonly event: CloudEvent;
  /** Null: its deliveries wait for no others. */
  readonly ordinal: number | null;
  /** It was taken before, with the webhooks that were there then: those that listen only since then do not get it now. */
  readonly isReadAgain?: boolean;
}

/** The deliveries of an event, one for each webhook that wants it. Throws for an event that lacks what its type promises. */
export async function planDeliveries(
  records: Records,
  find: WebhookFinder,
  { event, ordinal, isReadAgain = false }: PlannedEvent,
): Promise<PlannedDelivery[]> {
  const key = objectKey(event);
  const now = timestamp(records);
  const candidates = await find(registryIdOf(event));
  return candidates
    .filter((webhook) => matches(webhook, event, { isReadAgain }))
    .map(({ id: webhookId }) => {
      const id = deliveryId(webhookId, event.id);
      return {
        id,
        delivery: {
          webhookId,
          eventId: event.id,
          type: typeOf(event),
          subject: event.subject,
          event: JSON.stringify(event),
          ordinal: ordinal ?? 0,
          state: 'pending',
          lane: ordinal === null ? laneOfDelivery(id) : laneOfObject(webhookId, key),
          tries: 0,
          attemptCount: 0,
          attempts: [],
          createdAt: now,
          updatedAt: now,
        },
      };
    });
}

export function registryIdOf(event: CloudEvent): string {
  const { registryId } = event.data as { registryId?: unknown };
  if (typeof registryId === 'string') return registryId;
  throw new TypeError(`registryId of the event is ${JSON.stringify(registryId)}, not a text`);
}
