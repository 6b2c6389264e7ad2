import { setTimeout as pause } from 'node:timers/promises';
import { EVENT_STREAM, POISON_STREAM, ServiceError } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Link } from './link.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 * 1024;
/** JetStream requests: NATS is local or near, but may be busy electing a leader. */
const API_TIMEOUT_MS = 5_000;
const RETRY_PAUSE_MS = 250;

interface Definition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

const DEFINITIONS: readonly Definition[] = [
  { ...EVENT_STREAM, maxAgeMs: 7 * DAY_MS, maxBytes: 1024 * MIB },
  { ...POISON_STREAM, maxAgeMs: 30 * DAY_MS, maxBytes: 64 * MIB },
];

/** Longer than entries of an outbox are kept, so that one that is sent again is known by its id. */
const DUPLICATE_WINDOW_MS = 20 * MINUTE_MS;

export interface Streams {
  readonly jetstream: JetStreamClient;
  manager(): Promise<JetStreamManager>;
  /** Makes the streams that are missing and updates those that differ. Rejects while JetStream cannot do so. */
  ensure(): Promise<void>;
  /** The same, tried again until the time is over; then ServiceError UNAVAILABLE. */
  ready(timeoutMs: number): Promise<void>;
}

export function ensureStreams(options: {
  readonly link: Link;
  readonly logger: Logger;
  readonly replicas: number;
}): Streams {
  const { link, logger, replicas } = options;
  const manager = () => jetstreamManager(link.connection, { timeout: API_TIMEOUT_MS, checkAPI: false });

  async function ensure(): Promise<void> {
    const jsm = await manager();
    for (const definition of DEFINITIONS) await ensureStream(jsm, definition);
  }

  async function ensureStream(jsm: JetStreamManager, definition: Definition): Promise<void> {
    const { name } = definition;
    const existing = await found(jsm.streams.info(name));
    if (existing === null) {
      await jsm.streams.add({ ...configOf(definition, []), name, num_replicas: replicas });
      logger.info('stream made', { stream: name });
      return;
    }
    const wanted = {
      ...configOf(definition, existing.config.subjects),
      // Never fewer: a service that was not told yet must not take away what another has made.
      num_replicas: Math.max(replicas, existing.config.num_replicas),
    };
    if (!differs(existing.config, wanted)) return;
    await jsm.streams.update(name, wanted);
    logger.info('stream updated', { stream: name });
  }

  // Whoever restarted NATS may have taken its data away.
  link.onChange((isConnected) => {
    if (isConnected) ensure().catch((error) => logger.warn('streams cannot be ensured', { error }));
  });

  return {
    jetstream: jetstream(link.connection, { timeout: API_TIMEOUT_MS }),
    manager,
    ensure,
    async ready(timeoutMs) {
      const until = Date.now() + timeoutMs;
      for (;;) {
        try {
          return await ensure();
        } catch (cause) {
          if (Date.now() > until) {
            const text = cause instanceof Error ? cause.message : String(cause);
            throw new ServiceError('UNAVAILABLE', `the streams of the bus cannot be made: ${text}`, {
              cause,
            });
          }
        }
        await pause(RETRY_PAUSE_MS);
      }
    },
  };
}

/** What a look-up in JetStream found; null when the stream or consumer does not exist. */
export async function found<T>(lookup: Promise<T>): Promise<T | null> {
  try {
    return await lookup;
  } catch (error) {
    const missing: readonly number[] = [JetStreamApiCodes.StreamNotFound, JetStreamApiCodes.ConsumerNotFound];
    if (error instanceof JetStreamApiError && missing.includes(error.code)) return null;
    throw error;
  }
}

/** Subjects are only ever added: an older copy that starts during an upgrade must not take the newer ones away. */
function configOf(definition: Definition, subjects: readonly string[]): Partial<StreamConfig> {
  return {
    subjects: [...new Set([...subjects, ...definition.subjects])],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(definition.maxAgeMs),
    max_bytes: definition.maxBytes,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  };
}

function differs(existing: StreamConfig, wanted: Partial<StreamConfig>): boolean {
  return (
    existing.discard !== wanted.discard ||
    existing.max_age !== wanted.max_age ||
    existing.max_bytes !== wanted.max_bytes ||
    existing.duplicate_window !== wanted.duplicate_window ||
    existing.subjects.length !== wanted.subjects?.length ||
    existing.num_replicas !== wanted.num_replicas
  );
}
