import type { WebhookDocument } from '../documents/webhook.ts';
import { type Origin, webhookEvent } from '../events.ts';
import type { Records } from '../records.ts';
import { resume } from './wake-webhook.ts';

/**
 * Removes a webhook by the version that was read: StoreError VERSION_CONFLICT. Its deliveries go in the background, by
 * whichever copy takes it in hand next (turns/take-turn.ts).
 */
export async function deleteWebhook(
  records: Records,
  webhook: WebhookDocument,
  origin: Origin,
): Promise<void> {
  await records.webhooks.remove(webhook, webhookEvent(records, { type: 'webhook.deleted', webhook, origin }));
  await resume(records, webhook.id); // a paused one would not be looked at
}
