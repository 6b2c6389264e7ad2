import type { WebhookResource } from '@berth/contracts';
import type { Standing } from '../documents/standing.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import { openSettings } from './webhook-settings.ts';

export function viewWebhook(webhook: WebhookDocument, standing: Standing | null): WebhookResource {
  const { id, registry, sealedSecret, sealedAuthorization, createdAt, updatedAt, createdBy } = webhook;
  const { pausedAt = null, pauseReason = null, failingSince = null, lastSuccessAt = null } = standing ?? {};
  return {
    id,
    registry,
    ...openSettings(webhook),
    hasSecret: sealedSecret !== undefined,
    hasAuthorization: sealedAuthorization !== undefined,
    state: webhook.enabled ? (pausedAt === null ? 'active' : 'paused') : 'disabled',
    pausedAt,
    pauseReason,
    failingSince,
    lastSuccessAt,
    createdAt,
    updatedAt,
    createdBy,
  };
}
