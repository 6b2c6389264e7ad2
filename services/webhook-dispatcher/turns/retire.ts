import { isStoreError } from '@berth/document-store';
import type { StandingDocument } from '../documents/standing.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import { webhookEvent } from '../events.ts';
import type { Records } from '../records.ts';

/** Other services may still tell of a registry that was deleted a moment ago. */
const AFTERWARDS_MS = 60_000;
/** A receiver that does not take its last events by then gets them no more. */
const LIMIT_MS = 24 * 3_600_000;

/**
 * Removes a webhook whose registry is gone, when its last events are delivered or a day is over. Null when it was
 * removed, else when to look again.
 */
export async function retire(
  records: Records,
  webhook: WebhookDocument,
  { retirement, id }: StandingDocument & { readonly retirement: NonNullable<StandingDocument['retirement']> },
): Promise<number | null> {
  const { since, ...origin } = retirement;
  const now = records.clock();
  if (now < since + LIMIT_MS) {
    const { items } = await records.lanes.page({ index: 'byDue', equals: { webhookId: id }, limit: 1 });
    if (items.length > 0) return since + LIMIT_MS;
    if (now < since + AFTERWARDS_MS) return since + AFTERWARDS_MS;
  }
  try {
    await records.webhooks.remove(
      webhook,
      webhookEvent(records, { type: 'webhook.deleted', webhook, origin }),
    );
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
    return now; // somebody changed or removed it: look again
  }
  records.logger.info('webhook removed with its registry', { webhook: id, registry: webhook.registry });
  return null;
}
