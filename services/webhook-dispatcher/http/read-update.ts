import { randomUUID } from 'node:crypto';
import { WebhookPatch } from '@berth/contracts';
import { type Exchange, jsonBody, type ManagementIdentity, patchReader } from '@berth/http';
import type { WebhookDocument } from '../documents/webhook.ts';
import type { SecretChange, WebhookUpdate } from '../webhooks/update-webhook.ts';
import { openSettings } from '../webhooks/webhook-settings.ts';

const readPatch = patchReader(WebhookPatch);

/**
 * The change that a merge patch asks for. Secrets are never read back: a stand-in that nobody can guess takes their place in
 * what is patched, and tells a secret that stays from one that is removed.
 */
export async function readUpdate(
  { request }: Pick<Exchange<ManagementIdentity>, 'request'>,
  webhook: WebhookDocument,
): Promise<Omit<WebhookUpdate, 'origin'>> {
  const standIn = `kept-${randomUUID()}`;
  const { secret, authorization, ...settings } = await readPatch(request, {
    ...openSettings(webhook),
    ...(webhook.sealedSecret !== undefined && { secret: standIn }),
    ...(webhook.sealedAuthorization !== undefined && { authorization: standIn }),
  });
  const changeOf = (text: string | undefined): SecretChange => (text === standIn ? { kept: true } : { text });
  const { enabled } = (await jsonBody(request)) as { enabled?: unknown };
  return {
    settings,
    secret: changeOf(secret),
    authorization: changeOf(authorization),
    endsPause: enabled === true,
  };
}
