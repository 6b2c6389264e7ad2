import { MAX_WEBHOOKS, ServiceError, type WebhookCreation } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { ALL_REGISTRIES, type Webhook, type WebhookDocument } from '../documents/webhook.ts';
import { type Origin, webhookEvent } from '../events.ts';
import { type Records, timestamp } from '../records.ts';
import { checkSettings, checkTarget } from './check-settings.ts';
import { type SettingParts, sealedFields } from './webhook-settings.ts';

export interface WebhookRequest {
  /** Undefined: all registries. */
  readonly registry: { readonly id: string; readonly name: string } | undefined;
  readonly settings: Omit<WebhookCreation, 'registry'>;
  readonly origin: Origin;
}

const DEFAULTS = {
  includeAttached: false,
  format: 'cloudevents',
  skipTlsVerify: false,
  enabled: true,
} as const;

/** NAME_TAKEN with detail {existingId}, WEBHOOK_LIMIT, GLOB_INVALID, TARGET_REFUSED, REQUEST_INVALID. */
export async function createWebhook(
  parts: SettingParts,
  { registry, settings, origin }: WebhookRequest,
): Promise<WebhookDocument> {
  const { records, box, outbound } = parts;
  checkSettings(settings);
  await checkTarget(outbound, settings.url);
  const id = records.newId();
  const now = timestamp(records);
  const { secret: _secret, authorization: _authorization, ...open } = settings;
  const place = {
    registryId: registry?.id ?? ALL_REGISTRIES,
    registry: registry?.name ?? ALL_REGISTRIES,
  };
  for (;;) {
    const body: Webhook = {
      ...DEFAULTS,
      ...open,
      ...place,
      ...sealedFields(box, id, settings),
      slot: await freeSlot(records, place),
      listensSince: records.clock(),
      createdAt: now,
      updatedAt: now,
      createdBy: origin.actor,
    };
    const event = webhookEvent(records, { type: 'webhook.created', webhook: { ...body, id }, origin });
    try {
      const writes = [records.webhooks.write.insert(id, body, event), records.standings.write.insert(id, {})];
      return (await records.store.writeMany(writes))[0] as WebhookDocument;
    } catch (error) {
      if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
      if (error.detail.unique === 'name') throw nameTaken(body, error.detail.id);
    }
  }
}

export function nameTaken(
  { name, registry }: Pick<Webhook, 'name' | 'registry'>,
  existingId: unknown,
): ServiceError {
  const where = registry === ALL_REGISTRIES ? 'all registries' : `registry "${registry}"`;
  return new ServiceError('NAME_TAKEN', `a webhook "${name}" of ${where} exists already`, {
    detail: { existingId },
  });
}

/** The slots are unique in a registry: of two who see the same one free, one looks again. */
async function freeSlot(
  { webhooks }: Records,
  { registryId, registry }: Pick<Webhook, 'registryId' | 'registry'>,
): Promise<number> {
  const { items } = await webhooks.page({ index: 'byRegistry', equals: { registryId }, limit: MAX_WEBHOOKS });
  const taken = new Set(items.map(({ slot }) => slot));
  for (let slot = 1; slot <= MAX_WEBHOOKS; slot += 1) if (!taken.has(slot)) return slot;
  throw new ServiceError(
    'WEBHOOK_LIMIT',
    `registry "${registry}" has ${MAX_WEBHOOKS} webhooks, which is the most there can be`,
  );
}
