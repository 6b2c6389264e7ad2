import { setTimeout as pause } from 'node:timers/promises';
import { EVENT_STREAM, eventDurable, eventSubject, type ServiceName } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import { AckPolicy, type ConsumerConfig, type ConsumerMessages, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { createDeliveries } from './event-delivery.ts';
import { found, type Streams } from './event-streams.ts';
import type { Link } from './link.ts';
import type { Bus, ConsumeOptions, EventHandler } from './port.ts';

/** How a consumer treats its events; the defaults are for all services, tests hurry them. */
export interface ConsumerTuning {
  /** Events that a service has in hand at one time, over all its copies. Default 128. */
  readonly maxInFlight: number;
  /** An event that nobody holds any more (its copy died) comes again after this time. Default 30,000. */
  readonly ackWaitMs: number;
  /** An event whose handler failed this often goes aside. Default 20: about an hour and a half. */
  readonly maxAttempts: number;
  /** The pause before the next attempt, by the number of failed ones. Default: doubling from 1 s to 10 min. */
  readonly retryDelayMs: (attempt: number) => number;
  /** How long a handled event waits for others to be settled with (`ConsumeOptions`). Default 200. */
  readonly settleAfterMs: number;
}

const DEFAULT_TUNING: ConsumerTuning = {
  maxInFlight: 128,
  ackWaitMs: 30_000,
  maxAttempts: 20,
  retryDelayMs: (attempt) => Math.min(600_000, 1_000 * 2 ** (attempt - 1)),
  settleAfterMs: 200,
};

const RESTART_PAUSE_MS = 500;
/** nats-server takes several filters for one consumer from this version on. */
const SEVERAL_FILTERS = [2, 10] as const;

export interface ConsumersOptions {
  readonly link: Link;
  readonly logger: Logger;
  readonly streams: Streams;
  readonly tuning: Partial<ConsumerTuning>;
}

export function createConsumers(options: ConsumersOptions): Pick<Bus, 'consume'> {
  const tuning = { ...DEFAULT_TUNING, ...options.tuning };
  return {
    async consume(service, types, handler, { settle } = {}) {
      const { name, subjects } = EVENT_STREAM;
      const wanted = types.map(eventSubject);
      const strange = wanted.find((subject) => !subjects.includes(subject));
      if (strange !== undefined) throw new TypeError(`${strange} is in no stream: listen to it`);
      return await consumeStream({
        ...options,
        tuning,
        stream: name,
        subjects: wanted,
        service,
        handler,
        settle,
      });
    },
  };
}

interface StreamConsumer extends ConsumersOptions {
  readonly tuning: ConsumerTuning;
  readonly stream: string;
  readonly subjects: readonly string[];
  readonly service: ServiceName;
  readonly handler: EventHandler;
  readonly settle: ConsumeOptions['settle'];
}

async function consumeStream(options: StreamConsumer): Promise<{ stop(): Promise<void> }> {
  const { link, logger, streams, stream, service, tuning } = options;
  const durable = eventDurable(service);
  const deliveries = createDeliveries(options);
  const stopping = new AbortController();
  let messages: ConsumerMessages | undefined;
  await ensureConsumer(options, durable);

  async function pull(): Promise<void> {
    const consumer = await streams.jetstream.consumers.get(stream, durable);
    messages = await consumer.consume({
      max_messages: Math.min(64, tuning.maxInFlight),
      expires: 30_000,
      abort_on_missing_resource: true,
    });
    if (stopping.signal.aborted) messages.stop();
    for await (const message of messages) deliveries.take(message);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await pull();
      } catch (error) {
        if (link.isConnected && !stopping.signal.aborted)
          logger.warn('events cannot be received', { stream, error });
      }
      await pause(RESTART_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted || !link.isConnected) continue;
      // Whoever took the consumer away took its place in the stream too: it begins with the oldest event again.
      await ensureConsumer(options, durable).catch((error) =>
        logger.warn('consumer cannot be ensured', { stream, error }),
      );
    }
  }

  const ended = run();
  return {
    async stop() {
      stopping.abort();
      messages?.stop();
      await Promise.all([ended, deliveries.stop()]);
    },
  };
}

async function ensureConsumer(options: StreamConsumer, durable: string): Promise<void> {
  const { streams, stream, tuning, logger } = options;
  const wanted: Partial<ConsumerConfig> = {
    ack_wait: nanos(tuning.ackWaitMs),
    max_ack_pending: tuning.maxInFlight,
    ...filterOf(options),
  };
  const jsm = await streams.manager();
  const existing = await found(jsm.consumers.info(stream, durable));
  if (existing === null) {
    await jsm.consumers.add(stream, {
      ...wanted,
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      max_deliver: -1,
    });
    logger.info('consumer made', { stream, consumer: durable });
  } else if (differs(existing.config, wanted)) {
    await jsm.consumers.update(stream, durable, wanted);
    logger.info('consumer updated', { stream, consumer: durable });
  }
}

/** Older servers take one filter at most: there a service of several types gets all events and passes over the rest. */
function filterOf({ link, subjects }: StreamConsumer): Partial<ConsumerConfig> {
  const [major = 0, minor = 0] = (link.connection.info?.version ?? '').split('.').map(Number);
  const [only] = subjects;
  if (subjects.length === 1 && only !== undefined) return { filter_subject: only };
  const takesSeveral =
    major > SEVERAL_FILTERS[0] || (major === SEVERAL_FILTERS[0] && minor >= SEVERAL_FILTERS[1]);
  return takesSeveral ? { filter_subjects: [...subjects] } : {};
}

function differs(existing: ConsumerConfig, wanted: Partial<ConsumerConfig>): boolean {
  const filters = (config: Partial<ConsumerConfig>) =>
    [...(config.filter_subjects ?? []), config.filter_subject ?? ''].sort().join(' ').trim();
  return (
    existing.ack_wait !== wanted.ack_wait ||
    existing.max_ack_pending !== wanted.max_ack_pending ||
    filters(existing) !== filters(wanted)
  );
}
