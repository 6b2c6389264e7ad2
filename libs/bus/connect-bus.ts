import type { Logger, Metrics } from '@berth/runtime';
import { type ConsumerTuning, createConsumers } from './event-consumer.ts';
import { createFollower } from './event-follower.ts';
import { createListener } from './event-listener.ts';
import { createPublisher } from './event-publisher.ts';
import { createRelay } from './event-relay.ts';
import { ensureStreams } from './event-streams.ts';
import { openLink } from './link.ts';
import type { Bus } from './port.ts';
import { createCaller } from './rpc-caller.ts';
import { createServer } from './rpc-server.ts';
import { createSignals } from './signals.ts';

export interface BusOptions {
  /** `nats://[user:password@]host:port`, several separated by commas; `tls://` for TLS. */
  readonly servers: string;
  /** A NATS credentials file (JWT and seed). */
  readonly credentialsFile?: string | undefined;
  /** Who connects; for the logs of the server. */
  readonly service: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Default 15,000: how long a server that is not there yet is waited for. */
  readonly connectTimeoutMs?: number;
  /** Default 256. */
  readonly maxConcurrentCalls?: number;
  /** Default 2,048. */
  readonly maxWaitingCalls?: number;
  /** Default 8,000: how long `close` waits for what is under way. */
  readonly closeTimeoutMs?: number;
  /** Copies of each stream in a cluster, at least; never fewer than it has. Default 1. */
  readonly streamReplicas?: number;
  readonly consumers?: Partial<ConsumerTuning>;
}

/**
 * Connects a process to the bus and sees to it that the streams are there. Rejects with ServiceError UNAVAILABLE, its
 * message naming the address, when the bus cannot be had within `connectTimeoutMs`. From then on the connection comes
 * back by itself.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const logger = options.logger.child({ part: 'bus' });
  const link = await openLink({
    servers: options.servers,
    credentialsFile: options.credentialsFile,
    service: options.service,
    logger,
    connectTimeoutMs: options.connectTimeoutMs ?? 15_000,
  });
  options.metrics.gauge({
    name: 'berth_bus_connected',
    help: '1 while there is a connection to NATS, 0 while there is none',
    read: () => (link.isConnected ? 1 : 0),
  });
  const durations = options.metrics.histogram({
    name: 'berth_rpc_call_duration_seconds',
    help: 'Calls to other services, by method and outcome.',
    labels: ['method', 'code'],
  });
  const streams = ensureStreams({ link, logger, replicas: options.streamReplicas ?? 1 });
  try {
    await streams.ready(options.connectTimeoutMs ?? 15_000);
  } catch (error) {
    await link.close();
    throw error;
  }
  const caller = createCaller({ link, logger, durations });
  const server = createServer({
    link,
    logger,
    maxConcurrentCalls: options.maxConcurrentCalls ?? 256,
    maxWaitingCalls: options.maxWaitingCalls ?? 2_048,
    durations: options.metrics.histogram({
      name: 'berth_rpc_served_duration_seconds',
      help: 'Calls of other services from their arrival, waiting included, by method and outcome.',
      labels: ['method', 'code'],
    }),
  });
  options.metrics.gauge({
    name: 'berth_rpc_waiting_calls',
    help: 'Calls of other services that wait for one under way to end',
    read: () => server.waiting,
  });
  const publisher = createPublisher({ link, logger });
  const listener = createListener({ link, logger });
  const signals = createSignals({ link, logger });
  const consumers = createConsumers({ link, logger, streams, tuning: options.consumers ?? {} });
  const loops = new Set<{ stop(): Promise<void> }>();
  let closing: Promise<void> | undefined;

  async function finish(): Promise<void> {
    await Promise.all([server.drain(), ...[...loops].map((loop) => loop.stop())]);
    publisher.flush();
    link.sender.flush();
    await link.connection.flush();
  }

  return {
    call: caller.call,
    serve: server.serve,
    publishAndForget: publisher.publishAndForget,
    listen: listener.listen,
    signal: signals.signal,
    onSignal: signals.onSignal,
    get isConnected() {
      return link.isConnected;
    },
    check: link.check,
    relay(outbox) {
      const relay = createRelay({ link, logger, streams, outbox, metrics: options.metrics });
      loops.add(relay);
      return relay;
    },
    async consume(service, types, handler, options) {
      const consumer = await consumers.consume(service, types, handler, options);
      loops.add(consumer);
      return consumer;
    },
    follow(options) {
      const follower = createFollower({ link, logger, streams }, options);
      loops.add(follower);
      return follower;
    },
    close() {
      closing ??= (async () => {
        if (link.isConnected) await within(options.closeTimeoutMs ?? 8_000, finish(), logger);
        else await within(1_000, Promise.all([...loops].map((loop) => loop.stop())), logger);
        await link.close();
      })();
      return closing;
    },
  };
}

/** Waits for the work, but no longer than that; what is cut off is logged. */
async function within(timeoutMs: number, work: Promise<unknown>, logger: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      logger.warn('bus closed with work under way', { timeoutMs });
      resolve();
    }, timeoutMs);
  });
  const done = work.then(
    () => {},
    (error) => logger.warn('bus closed in disorder', { error }),
  );
  await Promise.race([done, late]);
  clearTimeout(timer);
}
