import type { SecretBox } from '@berth/access';
import type { CloudEvent } from '@berth/contracts';
import type { Delivery, SentRequest } from '../documents/delivery.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import { payloadOf } from '../formats/payload.ts';
import type { VisibilityOf } from '../ports.ts';
import { signature } from './sign.ts';
import { openSecrets, type WebhookSecrets } from './webhook-secrets.ts';

/** What a request to a receiver is made of, besides webhook and event. */
export interface RequestParts {
  readonly box: SecretBox;
  readonly visibilityOf: VisibilityOf;
  /** BERTH_PUBLIC_URL */
  readonly publicUrl: string | undefined;
  /** `Berth/0.1.0` */
  readonly userAgent: string;
}

export interface PreparedRequest {
  /** As it may be shown. */
  readonly shown: SentRequest;
  /** What goes along besides the headers that are shown. */
  readonly secretHeaders: Readonly<Record<string, string>>;
  readonly secrets: WebhookSecrets;
}

export type DeliveredEvent = Pick<Delivery, 'eventId' | 'event'>;

/** The request for an event as the webhook is now. AccessError SEAL_BROKEN when its secrets cannot be opened. */
export async function prepareRequest(
  { box, visibilityOf, publicUrl, userAgent }: RequestParts,
  webhook: WebhookDocument,
  { eventId, event: eventText, at }: DeliveredEvent & { readonly at: number },
): Promise<PreparedRequest> {
  const secrets = openSecrets(box, webhook);
  const event = JSON.parse(eventText) as CloudEvent;
  const { registryId = '' } = event.data as { registryId?: string };
  const visibility = webhook.format === 'json' ? await visibilityOf(registryId) : 'private';
  const { contentType, body } = payloadOf(event, webhook.format, { publicUrl, visibility });
  const timestamp = Math.floor(at / 1_000);
  const { secret, authorization } = secrets;
  return {
    shown: {
      url: webhook.url,
      headers: {
        'content-type': contentType,
        'user-agent': userAgent,
        'webhook-id': eventId,
        'webhook-timestamp': String(timestamp),
      },
      body,
    },
    secretHeaders: {
      ...(secret !== undefined && {
        'webhook-signature': signature(secret, { id: eventId, timestamp, body }),
      }),
      ...(authorization !== undefined && { authorization }),
    },
    secrets,
  };
}

/** The request as it would be sent and may be shown, also where it could not be sent. */
export async function showRequest(
  parts: RequestParts,
  webhook: WebhookDocument,
  delivered: DeliveredEvent & { readonly at: number },
): Promise<SentRequest> {
  const { sealedSecret: _secret, sealedAuthorization: _authorization, ...open } = webhook;
  return (await prepareRequest(parts, open, delivered)).shown;
}
