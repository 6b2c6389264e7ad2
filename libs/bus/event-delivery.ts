import { type CloudEvent, poisonSubject, type ServiceName } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import type { JsMsg } from '@nats-io/jetstream';
import type { ConsumerTuning } from './event-consumer.ts';
import { createSettlement } from './event-settlement.ts';
import type { Streams } from './event-streams.ts';
import type { Link } from './link.ts';
import { parseEvent } from './parse-event.ts';
import type { EventHandler } from './port.ts';
import { putAside as putAsideIn } from './put-aside.ts';

/** Handlers at work at one time in this process. */
const LANES = 16;
/** So many handled events are settled without waiting for more: the rest of what may be in flight goes on meanwhile. */
const SETTLED_AT_ONCE = 64;

export interface DeliveryOptions {
  readonly link: Link;
  readonly streams: Streams;
  readonly logger: Logger;
  readonly service: ServiceName;
  readonly subjects: readonly string[];
  readonly handler: EventHandler;
  /** Comes between the handler and the acknowledgement, once for many events. */
  readonly settle?: (() => Promise<void>) | undefined;
  readonly tuning: ConsumerTuning;
}

export interface Deliveries {
  take(message: JsMsg): void;
  /** Gives back what was not begun, waits for what was, and settles it. */
  stop(): Promise<void>;
}

/** Hands events to a handler: those of one object one after the other, others side by side, a bounded number at a time. */
export function createDeliveries(options: DeliveryOptions): Deliveries {
  const { link, streams, logger, service, subjects, handler, settle, tuning } = options;
  const lanes: Promise<void>[] = Array.from({ length: LANES }, () => Promise.resolve());
  const held = new Set<JsMsg>();
  const settlement = createSettlement({
    settle: settleAll,
    afterMs: tuning.settleAfterMs,
    most: Math.min(SETTLED_AT_ONCE, tuning.maxInFlight),
  });
  let isStopping = false;
  // While a copy lives it keeps its events, however long they take.
  const holding = setInterval(() => {
    if (link.connection.isClosed()) clearInterval(holding);
    else if (link.isConnected) {
      for (const message of held) message.working();
      for (const { message } of settlement.waiting) message.working();
    }
  }, tuning.ackWaitMs / 3);

  async function deliver(message: JsMsg, event: CloudEvent): Promise<void> {
    if (isStopping) return message.nak();
    const attempt = message.info.deliveryCount;
    try {
      if (attempt > tuning.maxAttempts) throw new Error('the process ended in each of the attempts before');
      await handler(event, { attempt });
      if (settle === undefined) message.ack();
      else settlement.add({ message, event });
    } catch (error) {
      await refuse({ message, event }, error);
    }
  }

  /** Asks for the event again, after a pause, or puts it aside when that was done often enough. */
  async function refuse({ message, event }: Handled, error: unknown): Promise<void> {
    const attempt = message.info.deliveryCount;
    const fields = { service, id: event.id, type: event.type, subject: event.subject, attempt, error };
    if (attempt >= tuning.maxAttempts) return putAside(message, fields);
    logger.warn('event not handled', fields);
    message.nak(tuning.retryDelayMs(attempt));
  }

  async function settleAll(batch: readonly Handled[]): Promise<void> {
    try {
      await settle?.();
      for (const { message } of batch) message.ack();
    } catch (error) {
      await Promise.all(batch.map((handled) => refuse(handled, error))).catch(unanswered);
    }
  }

  function unanswered(error: unknown): void {
    logger.error('event not answered for', { error });
  }

  /** Keeps a copy for people before the event is given up. */
  async function putAside(message: JsMsg, fields: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      await putAsideIn(streams, service, message);
      message.term();
      logger.error('event put aside', { ...fields, to: poisonSubject(service) });
    } catch (cause) {
      logger.error('event cannot be put aside', { ...fields, cause });
      message.nak(tuning.retryDelayMs(message.info.deliveryCount));
    }
  }

  function enqueue(message: JsMsg, key: string, work: () => Promise<void>): void {
    const lane = hash(key) % LANES;
    held.add(message);
    lanes[lane] = (lanes[lane] ?? Promise.resolve())
      .then(work)
      .catch(unanswered)
      .finally(() => held.delete(message));
  }

  return {
    take(message) {
      if (!subjects.includes(message.subject)) {
        message.ack();
        return;
      }
      const event = parseEvent(message);
      if (event !== null) enqueue(message, event.subject, () => deliver(message, event));
      else
        enqueue(message, '', () => putAside(message, { service, subject: message.subject, why: 'no event' }));
    },
    async stop() {
      isStopping = true;
      await Promise.all(lanes);
      await settlement.finish();
      clearInterval(holding);
    },
  };
}

interface Handled {
  readonly message: JsMsg;
  readonly event: CloudEvent;
}

function hash(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 31 + text.charCodeAt(index)) >>> 0;
  return sum;
}
