import { isDeepStrictEqual } from 'node:util';
import { ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import type { Webhook, WebhookDocument } from '../documents/webhook.ts';
import { type Origin, webhookEvent } from '../events.ts';
import { timestamp } from '../records.ts';
import { checkSettings, checkTarget } from './check-settings.ts';
import { nameTaken } from './create-webhook.ts';
import { resume, wake } from './wake-webhook.ts';
import { type OpenSettings, openSettings, type SettingParts, sealedFields } from './webhook-settings.ts';

/** A secret as it was, another one, or none. */
export type SecretChange = { readonly kept: true } | { readonly text: string | undefined };

export interface WebhookUpdate {
  readonly settings: OpenSettings;
  readonly secret: SecretChange;
  readonly authorization: SecretChange;
  /** Somebody said `enabled: true`: a pause ends, also where it was enabled already. */
  readonly endsPause: boolean;
  readonly origin: Origin;
}

/**
 * Changes a webhook by the version that was read: StoreError VERSION_CONFLICT when it is not that any more. A target is
 * checked when it is another one. NAME_TAKEN, GLOB_INVALID, TARGET_REFUSED, REQUEST_INVALID.
 */
export async function updateWebhook(
  parts: SettingParts,
  webhook: WebhookDocument,
  update: WebhookUpdate,
): Promise<WebhookDocument> {
  const { settings, secret, authorization, endsPause, origin } = update;
  const given = { ...textOf('secret', secret), ...textOf('authorization', authorization) };
  checkSettings({ ...settings, ...given });
  requireOwnTarget(webhook, update);
  if (settings.url !== webhook.url) await checkTarget(parts.outbound, settings.url);
  const changes = changesOf(webhook, update);
  const isEnabledNow = settings.enabled && !webhook.enabled;
  const hearsMore = isEnabledNow || changes.some((name) => WIDENING.includes(name));
  const changed = changes.length === 0 ? webhook : await store();
  if (endsPause) await resume(parts.records, webhook.id);
  else if (isEnabledNow) await wake(parts.records, webhook.id);
  return changed;

  async function store(): Promise<WebhookDocument> {
    const { records, box } = parts;
    const { images: _i, caCertificate: _c, sealedSecret, sealedAuthorization, ...rest } = webhook;
    const next: WebhookDocument = {
      ...rest,
      ...settings,
      ...('kept' in secret && sealedSecret !== undefined && { sealedSecret }),
      ...('kept' in authorization && sealedAuthorization !== undefined && { sealedAuthorization }),
      ...sealedFields(box, webhook.id, given),
      ...(hearsMore && { listensSince: records.clock() }),
      updatedAt: timestamp(records),
    };
    try {
      const event = webhookEvent(records, { type: 'webhook.updated', webhook: next, changes, origin });
      return await records.webhooks.replace(next, event);
    } catch (error) {
      if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
      throw nameTaken(next, error.detail.id);
    }
  }
}

/** Whoever changes one of these may want events that were not wanted before; from now on. */
const WIDENING: readonly string[] = ['events', 'images', 'includeAttached'];

/**
 * A secret goes only to where it was given for: who cannot read it must not get it by sending it to a host of their own, or
 * to one that nobody verifies. REQUEST_INVALID.
 */
function requireOwnTarget(
  webhook: WebhookDocument,
  { settings, secret, authorization }: WebhookUpdate,
): void {
  const isOther = new URL(settings.url).origin !== new URL(webhook.url).origin;
  const isUnverified = settings.skipTlsVerify && !webhook.skipTlsVerify;
  if (!isOther && !isUnverified) return;
  const kept = [
    ...('kept' in secret && webhook.sealedSecret !== undefined ? ['secret'] : []),
    ...('kept' in authorization && webhook.sealedAuthorization !== undefined ? ['authorization'] : []),
  ];
  if (kept.length === 0) return;
  const why = isOther ? 'the host of url changes' : 'certificates are no longer verified';
  throw new ServiceError(
    'REQUEST_INVALID',
    `${why}: give ${kept.join(' and ')} again, or null to remove it`,
    {
      detail: kept.map((field) => ({ path: `/${field}`, message: `must be given again, since ${why}` })),
    },
  );
}

function changesOf(webhook: WebhookDocument, { settings, secret, authorization }: WebhookUpdate): string[] {
  const before: Record<string, unknown> = openSettings(webhook);
  const after: Record<string, unknown> = settings;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const isChanged = (change: SecretChange, sealed: Webhook['sealedSecret']) =>
    'text' in change && (change.text !== undefined || sealed !== undefined);
  return [
    ...names.filter((name) => !isDeepStrictEqual(before[name], after[name])),
    ...(isChanged(secret, webhook.sealedSecret) ? ['secret'] : []),
    ...(isChanged(authorization, webhook.sealedAuthorization) ? ['authorization'] : []),
  ].sort();
}

function textOf<Field extends string>(
  field: Field,
  change: SecretChange,
): { readonly [F in Field]?: string } {
  return 'text' in change && change.text !== undefined
    ? ({ [field]: change.text } as { readonly [F in Field]?: string })
    : {};
}
