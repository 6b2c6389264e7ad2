import { STATUS_CODES } from 'node:http';
import { AccessError } from '@berth/access';
import type { CloudEvent } from '@berth/contracts';
import { type OutboundAnswer, OutboundError } from '@berth/outbound';
import { type Clock, inSpan, isSecretKey, isTracing, type Logger, REDACTED } from '@berth/runtime';
import type { Attempt, ReceivedResponse, SentRequest } from '../documents/delivery.ts';
import type { WebhookDocument } from '../documents/webhook.ts';
import type { WebhookOutbound } from '../ports.ts';
import {
  type DeliveredEvent,
  type PreparedRequest,
  prepareRequest,
  type RequestParts,
} from './prepare-request.ts';
import { type WebhookSecrets, withoutSecrets } from './webhook-secrets.ts';

/** For all of an attempt. */
const TIMEOUT_MS = 10_000;
/** What is kept of an answer; twice that is read, so that a secret in it is whole when it is looked for. */
const ANSWER_KEPT = 4_096;
const HEADERS_KEPT = 32;
const HEADER_KEPT = 512;

export interface SenderParts extends RequestParts {
  readonly outbound: WebhookOutbound;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What came of one attempt. */
export interface Outcome {
  readonly attempt: Attempt;
  readonly isSuccess: boolean;
  /** The receiver says that it will never be there again (410). */
  readonly isGone: boolean;
  readonly request?: SentRequest;
  readonly response?: ReceivedResponse;
}

/** Sends an event to the receiver of a webhook, once. Null when the signal ended it: nobody knows then whether it arrived. */
export function sendEvent(parts: SenderParts, delivered: DeliveryToSend): Promise<Outcome | null> {
  if (!isTracing()) return attemptOnce(parts, delivered);
  const { traceparent: parent, type } = JSON.parse(delivered.event) as CloudEvent;
  const attributes = { 'berth.event.type': type, 'berth.event.id': delivered.eventId };
  return inSpan('deliver webhook', { kind: 'consumer', parent, attributes }, async (span) => {
    const outcome = await attemptOnce(parts, delivered);
    if (outcome?.isSuccess === false) span.fail(String(outcome.attempt.status ?? 'NO_ANSWER'));
    return outcome;
  });
}

type DeliveryToSend = DeliveredEvent & { readonly webhook: WebhookDocument; readonly signal?: AbortSignal };

async function attemptOnce(parts: SenderParts, delivered: DeliveryToSend): Promise<Outcome | null> {
  const { webhook, signal } = delivered;
  const startedAt = performance.now();
  const at = parts.clock();
  const attempt = (status: number | null, error: string | null): Attempt => ({
    at: new Date(at).toISOString(),
    durationMs: Math.round(performance.now() - startedAt),
    status,
    error,
  });
  let prepared: PreparedRequest | undefined;
  try {
    prepared = await prepareRequest(parts, webhook, { ...delivered, at });
    const { shown, secretHeaders, secrets } = prepared;
    const answer = await parts.outbound.request({
      url: shown.url,
      method: 'POST',
      headers: { ...shown.headers, ...secretHeaders },
      body: Buffer.from(shown.body),
      trust: {
        skipVerify: webhook.skipTlsVerify,
        ...(webhook.caCertificate !== undefined && { caCertificate: webhook.caCertificate }),
      },
      timeoutMs: TIMEOUT_MS,
      maxAnswerBytes: 2 * ANSWER_KEPT,
      keepsMethod: true,
      ...(signal !== undefined && { signal }),
    });
    const { status } = answer;
    const isSuccess = status >= 200 && status < 300;
    const name = STATUS_CODES[status];
    const error = isSuccess ? null : `the receiver answered ${status}${name === undefined ? '' : ` ${name}`}`;
    return {
      attempt: attempt(status, error),
      isSuccess,
      isGone: status === 410,
      request: shown,
      response: received(answer, secrets),
    };
  } catch (error) {
    if (signal?.aborted) return null;
    return {
      attempt: attempt(null, reasonOf(error, parts.logger)),
      isSuccess: false,
      isGone: false,
      ...(prepared !== undefined && { request: prepared.shown }),
    };
  }
}

function reasonOf(error: unknown, logger: Logger): string {
  if (error instanceof OutboundError || error instanceof AccessError) return error.message;
  logger.error('an event could not be sent', { error });
  return `the request could not be made: ${error instanceof Error ? error.message : String(error)}`;
}

function received(
  { status, headers, body, isTruncated }: OutboundAnswer,
  secrets: WebhookSecrets,
): ReceivedResponse {
  const text = withoutSecrets(body.toString('utf8'), secrets);
  const kept = Buffer.from(text).subarray(0, ANSWER_KEPT).toString('utf8');
  const shown = Object.entries(headers)
    .slice(0, HEADERS_KEPT)
    .map(([name, value]) => [name, isSecretKey(name) ? REDACTED : shownHeader(value, secrets)] as const);
  return {
    status,
    headers: Object.fromEntries(shown),
    body: kept,
    isTruncated: isTruncated || body.byteLength > ANSWER_KEPT,
  };
}

function shownHeader(value: string | string[] | undefined, secrets: WebhookSecrets): string {
  return withoutSecrets(String(value ?? ''), secrets).slice(0, HEADER_KEPT);
}
