import { MAX_WEBHOOKS } from '@berth/contracts';
import { ALL_REGISTRIES, type WebhookDocument } from '../documents/webhook.ts';
import type { Records } from '../records.ts';

/** The webhooks that events of a registry may be for: its own and those of all registries. */
export type WebhookFinder = (registryId: string) => Promise<readonly WebhookDocument[]>;

/**
 * Reads each registry's webhooks once. Made anew after events were received: a webhook that was there when an event was
 * committed is there when it is looked for.
 */
export function createWebhookFinder({ webhooks }: Records): WebhookFinder {
  const known = new Map<string, Promise<readonly WebhookDocument[]>>();

  function of(registryId: string): Promise<readonly WebhookDocument[]> {
    const found =
      known.get(registryId) ??
      webhooks
        .page({ index: 'byRegistry', equals: { registryId }, limit: MAX_WEBHOOKS })
        .then(({ items }) => items);
    known.set(registryId, found);
    return found;
  }

  return async (registryId) => [...(await of(registryId)), ...(await of(ALL_REGISTRIES))];
}
