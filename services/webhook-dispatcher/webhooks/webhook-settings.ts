import type { SecretBox } from '@berth/access';
import type { WebhookPatch } from '@berth/contracts';
import type { Webhook, WebhookDocument } from '../documents/webhook.ts';
import type { WebhookOutbound } from '../ports.ts';
import type { Records } from '../records.ts';
import { sealSecret } from '../sending/webhook-secrets.ts';

/** What the stories that change settings need. */
export interface SettingParts {
  readonly records: Records;
  readonly box: SecretBox;
  readonly outbound: WebhookOutbound;
}

/** The settings that may be read back. */
export type OpenSettings = Omit<WebhookPatch, 'secret' | 'authorization'>;

export function openSettings(webhook: WebhookDocument): OpenSettings {
  const { name, url, events, images, includeAttached, format, skipTlsVerify, caCertificate, enabled } =
    webhook;
  return {
    name,
    url,
    events: events as OpenSettings['events'],
    ...(images !== undefined && { images }),
    includeAttached,
    format,
    skipTlsVerify,
    ...(caCertificate !== undefined && { caCertificate }),
    enabled,
  };
}

/** Secrets that were given, as they are stored. */
export function sealedFields(
  box: SecretBox,
  id: string,
  { secret, authorization }: Pick<WebhookPatch, 'secret' | 'authorization'>,
): Pick<Webhook, 'sealedSecret' | 'sealedAuthorization'> {
  return {
    ...(secret !== undefined && { sealedSecret: sealSecret(box, id, 'secret', secret) }),
    ...(authorization !== undefined && {
      sealedAuthorization: sealSecret(box, id, 'authorization', authorization),
    }),
  };
}
