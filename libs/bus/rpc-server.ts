import { isServiceError, type RpcMethod, rpcQueueGroup, ServiceError } from '@berth/contracts';
import { type HistogramMetric, inSpan, type Logger } from '@berth/runtime';
import type { Subscription } from '@nats-io/transport-node';
import type { Link } from './link.ts';
import { codecOf, type MethodCodec } from './method-codec.ts';
import type { RpcHandler, RpcServer } from './port.ts';
import { decodeRequest, encodeAnswer, encodeRefusal } from './rpc-frame.ts';
import { rpcSpan } from './rpc-span.ts';

export interface ServerOptions {
  readonly link: Link;
  readonly logger: Logger;
  /** Handlers at work at one time. */
  readonly maxConcurrentCalls: number;
  /** Calls that may wait for one of them to end; those beyond are refused with UNAVAILABLE. */
  readonly maxWaitingCalls: number;
  readonly durations: HistogramMetric;
}

interface Arrival {
  readonly served: Served;
  readonly data: Uint8Array;
  readonly replyTo: string;
  readonly arrivedAt: number;
}

interface Served {
  readonly codec: MethodCodec;
  readonly handler: RpcHandler<RpcMethod>;
}

/** Serves methods in the queue group of their service. */
export function createServer(
  options: ServerOptions,
): RpcServer & { readonly waiting: number; drain(): Promise<void> } {
  const { link, logger, maxConcurrentCalls, maxWaitingCalls } = options;
  const subscriptions: Subscription[] = [];
  const waiting: Arrival[] = [];
  let active = 0;
  let onIdle: (() => void) | undefined;

  function arrive(arrival: Arrival): void {
    if (active < maxConcurrentCalls) {
      void work(arrival);
    } else if (waiting.length < maxWaitingCalls) {
      waiting.push(arrival);
    } else {
      const text = `${arrival.served.codec.name} is overloaded: ${maxWaitingCalls} calls wait already`;
      answer(arrival, encodeRefusal('UNAVAILABLE', text, undefined));
    }
  }

  async function work(arrival: Arrival): Promise<void> {
    active += 1;
    try {
      const response = await respond(arrival, options);
      if (response !== null) answer(arrival, response);
    } finally {
      active -= 1;
      const next = waiting.shift();
      if (next !== undefined) void work(next);
      else if (active === 0) onIdle?.();
    }
  }

  function answer({ served, replyTo }: Arrival, response: Uint8Array): void {
    const { name } = served.codec;
    try {
      link.sender.send(replyTo, response);
    } catch (error) {
      // Too large, or the connection is closed: the caller is told where that is possible.
      logger.error('answer cannot be sent', { method: name, sizeBytes: response.byteLength, error });
      if (link.connection.isClosed()) return;
      const text = `the answer of ${name} cannot be sent: ${response.byteLength} bytes`;
      link.sender.send(replyTo, encodeRefusal('INTERNAL', text, undefined));
    }
  }

  return {
    get waiting() {
      return waiting.length;
    },
    serve(method, handler) {
      const served: Served = { codec: codecOf(method), handler: handler as unknown as RpcHandler<RpcMethod> };
      const subscription = link.connection.subscribe(served.codec.subject, {
        queue: rpcQueueGroup(method.service),
        callback: (error, message) => {
          if (error !== null) {
            logger.error('calls cannot be received', { method: served.codec.name, error });
          } else if (message.reply) {
            arrive({ served, data: message.data, replyTo: message.reply, arrivedAt: Date.now() });
          }
        },
      });
      subscriptions.push(subscription);
    },
    /** Takes no more calls and resolves when those that came have been answered. */
    async drain() {
      await Promise.all(subscriptions.map((subscription) => subscription.drain()));
      if (active > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      }
      link.sender.flush();
    },
  };
}

/** The response to send; null when nobody waits for it any more. */
async function respond(
  { served, data, arrivedAt }: Arrival,
  { logger, durations }: Pick<ServerOptions, 'logger' | 'durations'>,
): Promise<Uint8Array | null> {
  const { codec, handler } = served;
  let code = 'OK';
  let requestId = '';
  let deadline = Number.POSITIVE_INFINITY;
  try {
    const frame = read(data, codec);
    requestId = frame.requestId;
    deadline = arrivedAt + frame.timeoutMs;
    if (Date.now() > deadline) return missed(codec, requestId, logger);
    const { traceparent: parent } = frame;
    const handle = () => handler(frame.message as never, { requestId, deadline });
    const message = await (parent === undefined
      ? handle()
      : inSpan(codec.name, { kind: 'server', parent, ...rpcSpan(codec) }, handle));
    const response = encodeAnswer(message, codec.responseBytes);
    return Date.now() > deadline ? missed(codec, requestId, logger) : response;
  } catch (error) {
    const isDefect = !isServiceError(error);
    code = isDefect ? 'INTERNAL' : error.code;
    if (isDefect) logger.error('call failed', { method: codec.name, requestId, error });
    if (Date.now() > deadline) return missed(codec, requestId, logger);
    if (!isDefect) return encodeRefusal(error.code, error.message, error.detail);
    return encodeRefusal('INTERNAL', `${codec.name} failed; see its log for request ${requestId}`, undefined);
  } finally {
    durations.observe((Date.now() - arrivedAt) / 1_000, { method: codec.name, code });
  }
}

function read(data: Uint8Array, codec: MethodCodec): ReturnType<typeof decodeRequest> {
  let frame: ReturnType<typeof decodeRequest>;
  try {
    frame = decodeRequest(data, codec.requestBytes);
  } catch (cause) {
    throw new ServiceError('REQUEST_INVALID', `not a request to ${codec.name}`, { cause });
  }
  const checked = codec.checkRequest(frame.message);
  if (checked.ok) return frame;
  const { violations } = checked;
  const text = violations.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ServiceError('REQUEST_INVALID', `a request to ${codec.name} does not fit its schema: ${text}`, {
    detail: { violations },
  });
}

function missed(codec: MethodCodec, requestId: string, logger: Logger): null {
  logger.debug('call ended after its deadline', { method: codec.name, requestId });
  return null;
}
