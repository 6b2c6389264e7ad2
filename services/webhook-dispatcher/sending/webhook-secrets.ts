import type { SecretBox } from '@berth/access';
import type { Webhook } from '../documents/webhook.ts';

export interface WebhookSecrets {
  readonly secret?: string;
  readonly authorization?: string;
}

/** Seals what a webhook sends along in secret. A seal opens for that webhook and that field only. */
export function sealSecret(
  box: SecretBox,
  webhookId: string,
  field: keyof WebhookSecrets,
  text: string,
): string {
  return box.seal(text, purpose(webhookId, field));
}

/** AccessError SEAL_BROKEN when they were sealed with another platform key. */
export function openSecrets(
  box: SecretBox,
  webhook: Pick<Webhook, 'sealedSecret' | 'sealedAuthorization'> & { readonly id: string },
): WebhookSecrets {
  const { id, sealedSecret, sealedAuthorization } = webhook;
  return {
    ...(sealedSecret !== undefined && { secret: box.open(sealedSecret, purpose(id, 'secret')) }),
    ...(sealedAuthorization !== undefined && {
      authorization: box.open(sealedAuthorization, purpose(id, 'authorization')),
    }),
  };
}

function purpose(webhookId: string, field: keyof WebhookSecrets): string {
  return `webhook ${webhookId} ${field}`;
}

const SHORTEST = 4;

/** The text with what is secret in it hidden: a receiver may answer with what it was sent. */
export function withoutSecrets(text: string, { secret, authorization = '' }: WebhookSecrets): string {
  const [, credentials] = /^\S+ +(\S.*)$/.exec(authorization) ?? [];
  return [secret, authorization, credentials]
    .filter((hidden) => hidden !== undefined && hidden.length >= SHORTEST)
    .reduce<string>((shown, hidden) => shown.replaceAll(hidden ?? '', '[redacted]'), text);
}
