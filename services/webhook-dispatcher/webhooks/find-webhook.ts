import { ServiceError } from '@berth/contracts';
import type { WebhookDocument } from '../documents/webhook.ts';
import type { Records } from '../records.ts';

/** WEBHOOK_NOT_FOUND */
export async function requireWebhook({ webhooks }: Records, id: string): Promise<WebhookDocument> {
  const webhook = await webhooks.get(id);
  if (webhook === null) throw webhookNotFound(id);
  return webhook;
}

export function webhookNotFound(id: string): ServiceError {
  return new ServiceError('WEBHOOK_NOT_FOUND', `webhook "${id.slice(0, 300)}" does not exist`);
}
