import type { CloudEvent, WebhookFormat } from '@berth/contracts';
import { cloudEventPayload } from './cloud-event.ts';
import { harborPayload } from './harbor.ts';
import { slackPayload } from './slack.ts';

export interface Payload {
  readonly contentType: string;
  readonly body: string;
}

export interface PayloadContext {
  /** BERTH_PUBLIC_URL: the origin that clients see. */
  readonly publicUrl: string | undefined;
  readonly visibility: 'private' | 'public';
}

/** An event in the form that a webhook asks for. */
export function payloadOf(event: CloudEvent, format: WebhookFormat, context: PayloadContext): Payload {
  switch (format) {
    case 'cloudevents':
      return {
        contentType: 'application/cloudevents+json; charset=utf-8',
        body: JSON.stringify(cloudEventPayload(event, context)),
      };
    case 'json':
      return { contentType: 'application/json', body: JSON.stringify(harborPayload(event, context)) };
    case 'slack':
      return { contentType: 'application/json', body: JSON.stringify(slackPayload(event)) };
  }
}
