import { type Actor, ServiceError } from '@berth/contracts';
import { type Delivery, type DeliveryDocument, deliveryId } from '../documents/delivery.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import { typeOf } from '../matching/matches.ts';
import { type Records, timestamp } from '../records.ts';
import { type SenderParts, sendEvent } from '../sending/send-event.ts';
import { afterAttempt } from '../turns/after-attempt.ts';
import { sampleEvent } from './sample-event.ts';

export interface WebhookTest {
  readonly webhook: WebhookDocument;
  readonly actor: Actor;
  /** Ends the attempt: the caller went away, or the process ends. */
  readonly signal: AbortSignal;
}

/**
 * Sends a sample event now, also of a webhook that is paused or disabled, and keeps what came of it as a delivery that is
 * never tried again by itself. It says nothing about how the webhook fares. UNAVAILABLE when it was cut off.
 */
export async function testWebhook(
  records: Records,
  sender: SenderParts,
  { webhook, actor, signal }: WebhookTest,
): Promise<DeliveryDocument> {
  const event = sampleEvent(records, webhook, actor);
  const now = timestamp(records);
  const delivery: Delivery = {
    webhookId: webhook.id,
    eventId: event.id,
    type: typeOf(event),
    subject: event.subject,
    event: JSON.stringify(event),
    ordinal: 0,
    state: 'pending',
    tries: 0,
    attemptCount: 0,
    attempts: [],
    createdAt: now,
    updatedAt: now,
  };
  const outcome = await sendEvent(sender, { ...delivery, webhook, signal });
  if (outcome === null) throw new ServiceError('UNAVAILABLE', 'the test was cut off before its end');
  const times = { now: records.clock(), retryPauseMs: 0, random: 0, isRetried: false };
  return await records.deliveries.insert(
    deliveryId(webhook.id, event.id),
    afterAttempt(delivery, outcome, times).delivery,
  );
}
