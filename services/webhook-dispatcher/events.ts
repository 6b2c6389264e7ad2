import type { Actor, EventData, Via } from '@berth/contracts';
import { outboxEvent, type WriteOptions } from '@berth/document-store';
import { ALL_REGISTRIES, type Webhook } from './documents/webhook.ts';
import type { Records } from './records.ts';

/** Who changes something, by which door and from where. */
export interface Origin {
  readonly actor: Actor;
  readonly via: Via;
  /** The client's, where there is one. */
  readonly address?: string;
}

export interface WebhookChange {
  readonly type: 'webhook.created' | 'webhook.updated' | 'webhook.deleted';
  readonly webhook: Pick<Webhook, 'name' | 'registry' | 'registryId'> & { readonly id: string };
  /** Names of the settings that changed; never their values. */
  readonly changes?: readonly string[];
  readonly origin: Origin;
}

/** What a write carries so that the event of a change is stored with it. */
export function webhookEvent(
  records: Pick<Records, 'clock' | 'newId'>,
  { type, webhook, changes, origin }: WebhookChange,
): Required<Pick<WriteOptions, 'events'>> {
  const { id, name, registry, registryId } = webhook;
  const isOfOne = registryId !== ALL_REGISTRIES;
  return {
    events: (sequence) => {
      const data: EventData<'webhook.updated'> = {
        ...(isOfOne && { registry, registryId }),
        object: { kind: 'webhook', id, name },
        ...(changes !== undefined && { changes: [...changes] }),
        ...origin,
        sequence,
      };
      const source = isOfOne ? `/api/v1/registries/${registry}` : '/api/v1/webhooks';
      return [outboxEvent(records, { type, source, subject: `webhook/${id}`, data })];
    },
  };
}
