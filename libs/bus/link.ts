import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceError } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
} from '@nats-io/transport-node';
import { parseServers, type ServerAddresses } from './server-address.ts';
import { createTurnSender, type TurnSender } from './turn-sender.ts';

/** After losing the bus, calls that were not sent yet wait this long for it to come back before they fail. */
const PATIENCE_MS = 1_000;
const RECONNECT_WAIT_MS = 200;
/** A server that does not answer two of these in a row is taken for dead. */
const PING_INTERVAL_MS = 2_000;
const CHECK_TIMEOUT_MS = 2_000;

export interface LinkOptions {
  readonly servers: string;
  readonly credentialsFile?: string | undefined;
  readonly service: string;
  readonly logger: Logger;
  readonly connectTimeoutMs: number;
}

/** The one connection of a process: it comes back by itself for ever, and says whether it is there. */
export interface Link {
  readonly connection: NatsConnection;
  readonly sender: TurnSender;
  readonly isConnected: boolean;
  /** Grows with every new connection: what a server said before may be forgotten by the one after. */
  readonly generation: number;
  /** Resolves at once when connected; else when it is again, or rejects with UNAVAILABLE after a second of outage. */
  usable(): Promise<void>;
  /** A round trip: what was sent before, subscriptions too, has arrived. Rejects with UNAVAILABLE, after two seconds at most. */
  check(): Promise<void>;
  /** What a call fails with while the bus is away. */
  unavailable(): ServiceError;
  /** Called with every change of `isConnected`. Returns the unsubscribe function. */
  onChange(listener: (isConnected: boolean) => void): () => void;
  close(): Promise<void>;
}

/** Connects, trying again until `connectTimeoutMs` is over; then ServiceError UNAVAILABLE with the reason. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { logger } = options;
  const addresses = parseServers(options.servers);
  const where = `the bus (NATS at ${addresses.hosts.join(', ')})`;
  const connection = await connectPatiently(where, { ...options, addresses });
  const listeners = new Set<(isConnected: boolean) => void>();
  let isConnected = true;
  let isClosed = false;
  let generation = 1;
  let lostAt = 0;
  let reason = '';

  const unavailable = () =>
    new ServiceError('UNAVAILABLE', isClosed ? 'the bus was closed' : `${where} cannot be reached${reason}`);

  function change(now: boolean): void {
    if (isConnected === now) return;
    isConnected = now;
    if (now) {
      generation += 1;
      reason = '';
    } else {
      lostAt = Date.now();
    }
    for (const listener of [...listeners]) listener(now);
  }

  async function watch(): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        if (!isClosed) logger.warn('bus lost', { server: status.server });
        change(false);
      } else if (status.type === 'reconnect') {
        logger.info('bus found again', { server: status.server });
        change(true);
      } else if (status.type === 'error') {
        reason = `: ${status.error.message}`;
        logger.error('bus refused something', { error: status.error });
      }
    }
    change(false);
  }
  watch().catch((error) => logger.error('bus status unknown', { error }));

  return {
    connection,
    sender: createTurnSender(connection),
    get isConnected() {
      return isConnected;
    },
    get generation() {
      return generation;
    },
    unavailable,
    async check() {
      if (!isConnected) throw unavailable();
      const { promise: late, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => reject(unavailable()), CHECK_TIMEOUT_MS);
      const answered = connection.flush().catch(() => {
        throw unavailable();
      });
      await Promise.race([answered, late]).finally(() => clearTimeout(timer));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async usable() {
      if (isConnected) return;
      const waitMs = isClosed ? 0 : lostAt + PATIENCE_MS - Date.now();
      if (waitMs <= 0) throw unavailable();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, waitMs);
        function done(): void {
          clearTimeout(timer);
          listeners.delete(done);
          resolve();
        }
        listeners.add(done);
      });
      if (!isConnected) throw unavailable();
    },
    async close() {
      isClosed = true;
      await connection.close();
      change(false);
    },
  };
}

async function connectPatiently(
  where: string,
  options: LinkOptions & { readonly addresses: ServerAddresses },
): Promise<NatsConnection> {
  const until = Date.now() + options.connectTimeoutMs;
  for (;;) {
    try {
      await knock(await connectionOptions(options));
      return await connect(await connectionOptions(options));
    } catch (cause) {
      const isHopeless =
        cause instanceof errors.AuthorizationError || cause instanceof errors.InvalidArgumentError;
      if (isHopeless || Date.now() > until) {
        const text = cause instanceof Error ? cause.message : String(cause);
        throw new ServiceError('UNAVAILABLE', `${where} cannot be reached: ${text}`, { cause });
      }
    }
    await pause(RECONNECT_WAIT_MS);
  }
}

/**
 * Is there a server that takes us? A cluster names its servers to whoever asks, and the client asks those named again for ever, also
 * when each refuses it. So the first question is asked by one that does not listen to names, and is over after the last server.
 */
async function knock(options: ConnectionOptions): Promise<void> {
  const connection = await connect({ ...options, ignoreClusterUpdates: true, reconnect: false });
  await connection.close();
}

async function connectionOptions({
  addresses,
  credentialsFile,
  service,
}: LinkOptions & { readonly addresses: ServerAddresses }): Promise<ConnectionOptions> {
  const authenticator = credentialsFile === undefined ? undefined : await fileAuthenticator(credentialsFile);
  return {
    servers: [...addresses.hosts],
    name: `berth ${service}`,
    timeout: 2_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: 100,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(addresses.tls && { tls: {} }),
    ...(addresses.user !== undefined && { user: addresses.user }),
    ...(addresses.pass !== undefined && { pass: addresses.pass }),
    ...(authenticator !== undefined && { authenticator }),
  };
}

/** Reads the file again after each use, so that replaced credentials hold from the second attempt to reconnect on. */
async function fileAuthenticator(file: string): Promise<Authenticator> {
  let credentials = await readFile(file);
  return (nonce) => {
    readFile(file).then(
      (fresh) => {
        credentials = fresh;
      },
      () => {}, // a file being replaced: what was read before still holds
    );
    return credsAuthenticator(credentials)(nonce);
  };
}
