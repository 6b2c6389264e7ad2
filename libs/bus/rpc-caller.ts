import { setTimeout as pause } from 'node:timers/promises';
import {
  isServiceError,
  type RpcMethod,
  type RpcRequest,
  type RpcResponse,
  ServiceError,
  type ServiceErrorCode,
} from '@berth/contracts';
import { type HistogramMetric, inSpan, type Logger, traceparent } from '@berth/runtime';
import { createInbox, type Msg } from '@nats-io/transport-node';
import type { Link } from './link.ts';
import { codecOf, type MethodCodec } from './method-codec.ts';
import type { CallOptions, RpcCaller } from './port.ts';
import { decodeResponse, encodeRequest } from './rpc-frame.ts';
import { rpcSpan } from './rpc-span.ts';

const DEFAULT_TIMEOUT_MS = 5_000;
/** How often calls are looked over for those whose time is up. */
const SWEEP_MS = 20;
/** Before a read is asked a second time where the first was refused at once. */
const RETRY_PAUSE_MS = 50;

interface Waiting {
  readonly codec: MethodCodec;
  readonly expiresAt: number;
  readonly timeoutMs: number;
  readonly resolve: (message: never) => void;
  readonly reject: (error: ServiceError) => void;
}

interface Attempt {
  readonly codec: MethodCodec;
  readonly request: Record<string, unknown>;
  readonly timeoutMs: number;
  readonly requestId: string;
}

export interface CallerOptions {
  readonly link: Link;
  readonly logger: Logger;
  readonly durations: HistogramMetric;
}

/**
 * Asks other services. All answers come by one subscription; the last token of the reply subject says whose they are.
 * One timer looks after all deadlines.
 */
export function createCaller({ link, logger, durations }: CallerOptions): RpcCaller {
  const inbox = `${createInbox()}.`;
  const idPrefix = `${inbox.slice(-8, -1)}-`;
  const waiting = new Map<string, Waiting>();
  let count = 0;
  let timer: NodeJS.Timeout | undefined;

  link.connection.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      if (error !== null) logger.error('answers cannot be received', { error });
      else settle(message);
    },
  });
  link.onChange((isConnected) => {
    if (isConnected) return;
    const lost = [...waiting.values()];
    waiting.clear();
    for (const call of lost) call.reject(link.unavailable());
  });

  function settle(message: Msg): void {
    const token = message.subject.slice(inbox.length);
    const call = waiting.get(token);
    if (call === undefined) return; // its time was up
    waiting.delete(token);
    const { codec, resolve, reject } = call;
    const data = message.data;
    if (data.length === 0 && message.headers?.code === 503) {
      reject(new ServiceError('UNAVAILABLE', `nobody serves ${codec.name}`));
      return;
    }
    try {
      const frame = decodeResponse(data, codec.responseBytes);
      if (!frame.ok) {
        reject(new ServiceError(frame.code as ServiceErrorCode, frame.text, { detail: frame.detail }));
        return;
      }
      const checked = codec.checkResponse(frame.message);
      if (checked.ok) resolve(frame.message as never);
      else reject(misfit(codec, checked.violations));
    } catch (error) {
      reject(misfit(codec, error));
    }
  }

  function misfit(codec: MethodCodec, error: unknown): ServiceError {
    logger.error('answer does not fit its schema', { method: codec.name, error });
    return new ServiceError('INTERNAL', `the answer of ${codec.name} does not fit its schema`);
  }

  function sweep(): void {
    timer = undefined;
    const now = Date.now();
    for (const [token, call] of waiting) {
      if (call.expiresAt > now) continue;
      waiting.delete(token);
      call.reject(late(call.codec, call.timeoutMs));
    }
    if (waiting.size > 0) timer = setTimeout(sweep, SWEEP_MS);
  }

  function send<T>({ codec, request, timeoutMs, requestId }: Attempt): Promise<T> {
    return new Promise((resolve, reject) => {
      count += 1;
      const token = count.toString(36);
      try {
        const head = { timeoutMs, requestId, traceparent: traceparent() };
        const frame = encodeRequest({ ...head, message: request }, codec.requestBytes);
        link.sender.send(codec.subject, frame, inbox + token);
      } catch (error) {
        reject(unsendable(codec, error, link));
        return;
      }
      waiting.set(token, { codec, expiresAt: Date.now() + timeoutMs, timeoutMs, resolve, reject });
      if (timer === undefined) timer = setTimeout(sweep, SWEEP_MS);
    });
  }

  async function attempt<T>(call: Attempt): Promise<T> {
    if (link.isConnected) return send(call);
    const askedAt = Date.now();
    await link.usable();
    const timeoutMs = call.timeoutMs - (Date.now() - askedAt);
    if (timeoutMs <= 0) throw link.unavailable();
    return send({ ...call, timeoutMs });
  }

  /** A read may be asked twice within the caller's time, so the first time gets half of it. */
  async function attemptTwice<T>(call: Attempt): Promise<T> {
    const askedAt = Date.now();
    try {
      return await attempt<T>({ ...call, timeoutMs: Math.ceil(call.timeoutMs / 2) });
    } catch (error) {
      if (!isServiceError(error, 'UNAVAILABLE', 'DEADLINE_EXCEEDED')) throw error;
      if (error.code === 'UNAVAILABLE' && link.isConnected) await pause(RETRY_PAUSE_MS);
      const timeoutMs = call.timeoutMs - (Date.now() - askedAt);
      if (timeoutMs <= 0) throw error;
      return attempt<T>({ ...call, timeoutMs }).catch((again) => {
        throw isServiceError(again, 'DEADLINE_EXCEEDED') ? late(call.codec, call.timeoutMs) : again;
      });
    }
  }

  return {
    async call<M extends RpcMethod>(
      method: M,
      request: RpcRequest<M>,
      options: CallOptions = {},
    ): Promise<RpcResponse<M>> {
      const codec = codecOf(method);
      const timeoutMs = Math.ceil(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      if (timeoutMs <= 0) throw late(codec, timeoutMs);
      const requestId =
        options.requestId === undefined ? idPrefix + count.toString(36) : oneLine(options.requestId);
      const call: Attempt = { codec, request: request as Record<string, unknown>, timeoutMs, requestId };
      const startedAt = performance.now();
      let code = 'OK';
      try {
        return await inSpan(codec.name, { kind: 'client', ...rpcSpan(codec) }, () =>
          method.isRead ? attemptTwice<RpcResponse<M>>(call) : attempt<RpcResponse<M>>(call),
        );
      } catch (error) {
        code = isServiceError(error) ? error.code : 'INTERNAL';
        throw error;
      } finally {
        durations.observe((performance.now() - startedAt) / 1000, { method: codec.name, code });
      }
    },
  };
}

function late(codec: MethodCodec, timeoutMs: number): ServiceError {
  return new ServiceError('DEADLINE_EXCEEDED', `${codec.name} did not answer within ${timeoutMs} ms`);
}

function unsendable(codec: MethodCodec, cause: unknown, link: Link): ServiceError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (!link.isConnected || link.connection.isClosed()) return link.unavailable();
  return new ServiceError('REQUEST_INVALID', `a request to ${codec.name} cannot be sent: ${text}`, { cause });
}

/** Request ids come from outside and stand in the first line of a message. */
function oneLine(requestId: string): string {
  return requestId.replace(/[\r\n]/g, ' ').slice(0, 200);
}
