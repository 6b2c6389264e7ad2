import { setTimeout as pause } from 'node:timers/promises';
import { type CloudEvent, EVENT_STREAM, eventSubject, poisonSubject } from '@berth/contracts';
import { createBell, type Logger } from '@berth/runtime';
import { AckPolicy, type ConsumerMessages, type JsMsg, type StreamInfo } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { found, type Streams } from './event-streams.ts';
import { positionAfter, startOf } from './follow-start.ts';
import { gather } from './gather.ts';
import type { Link } from './link.ts';
import { parseEvent } from './parse-event.ts';
import type { FollowOptions, StreamPosition } from './port.ts';
import { putAside } from './put-aside.ts';

const BATCH = 256;
/** Events that come together are taken together: each batch costs its taker a write. */
const LINGER_MS = 25;
/** The consumer is forgotten by the server when nobody asks it for so long. */
const FORGOTTEN_MS = 60_000;
const RESTART_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** A consumer that sends no sign of life twice is asked for; one that is gone went with what its server lost. */
const HEARTBEAT_MS = 2_000;
const PULL_MS = 10_000;

export interface FollowerParts {
  readonly link: Link;
  readonly logger: Logger;
  readonly streams: Streams;
}

/**
 * Reads the event stream by a consumer that lives as long as the connection and acknowledges nothing: the owner's position
 * is the truth. A gap, a lost connection or a lost stream ends the consumer, and the next one begins where nothing is missed.
 */
export function createFollower(
  { link, logger, streams }: FollowerParts,
  options: FollowOptions,
): { stop(): Promise<void> } {
  const { service, onEvents } = options;
  const wanted = new Set(options.types.map(eventSubject));
  const stopping = new AbortController();
  const bell = createBell();
  let reached = options.from;
  /** Only a message got lost on its way: the stream is the one that `reached` was read from. */
  let isGap = false;

  async function read(): Promise<void> {
    const { generation } = link;
    const jsm = await streams.manager();
    const stream = await found(jsm.streams.info(EVENT_STREAM.name));
    if (stream === null) return await streams.ensure();
    const { name } = await jsm.consumers.add(EVENT_STREAM.name, {
      ...startOf(stream, reached, { isGap }),
      ack_policy: AckPolicy.None,
      inactive_threshold: nanos(FORGOTTEN_MS),
      mem_storage: true,
    });
    const consumer = await streams.jetstream.consumers.get(EVENT_STREAM.name, name);
    const messages = await consumer.consume({
      max_messages: BATCH,
      expires: PULL_MS,
      idle_heartbeat: HEARTBEAT_MS,
      abort_on_missing_resource: true,
    });
    const watch = watchOver(messages, generation);
    isGap = false;
    let delivered = 0;
    try {
      for await (const batch of gather(messages, { limit: BATCH, lingerMs: LINGER_MS })) {
        isGap = batch.some(({ info }, index) => info.deliverySequence !== delivered + index + 1);
        if (isGap) return;
        delivered += batch.length;
        await take(batch, stream);
        if (stopping.signal.aborted) return;
      }
    } finally {
      watch.end();
      messages.stop();
      if (link.isConnected) await jsm.consumers.delete(EVENT_STREAM.name, name).catch(() => {}); // else the server forgets it
    }
  }

  /** Ends the reading when the connection is not the same any more. */
  function watchOver(messages: ConsumerMessages, generation: number): { end(): void } {
    const end = () => messages.stop();
    const offChange = link.onChange(end);
    stopping.signal.addEventListener('abort', end);
    if (stopping.signal.aborted || link.generation !== generation) end();
    return {
      end() {
        offChange();
        stopping.signal.removeEventListener('abort', end);
      },
    };
  }

  /** Hands a batch over until it is taken. Events of other types move the position along, and are not worth a call. */
  async function take(batch: readonly JsMsg[], stream: Pick<StreamInfo, 'created'>): Promise<void> {
    const ofEvent = new Map<CloudEvent, JsMsg>();
    for (const message of batch) {
      if (!wanted.has(message.subject)) continue;
      const event = parseEvent(message);
      if (event !== null) ofEvent.set(event, message);
      else await persist(() => keepAside(message, { why: 'no event' }));
    }
    const last = batch.at(-1);
    if (last === undefined || stopping.signal.aborted) return;
    const position: StreamPosition = positionAfter(stream, last, reached);
    if (ofEvent.size > 0) {
      await persist(() =>
        onEvents({
          events: [...ofEvent.keys()],
          sequences: [...ofEvent.values()].map(({ seq }) => seq),
          position,
          async putAside(event, error) {
            const message = ofEvent.get(event);
            if (message !== undefined) await keepAside(message, { id: event.id, type: event.type, error });
          },
        }),
      );
    }
    if (!stopping.signal.aborted) reached = position;
  }

  async function keepAside(message: JsMsg, fields: Readonly<Record<string, unknown>>): Promise<void> {
    await putAside(streams, service, message);
    const { subject, seq } = message;
    logger.error('event put aside', {
      service,
      subject,
      sequence: seq,
      to: poisonSubject(service),
      ...fields,
    });
  }

  /** Does it until it is done, or the follower is stopped. */
  async function persist(work: () => Promise<void>): Promise<void> {
    for (let failures = 1; !stopping.signal.aborted; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.warn('events wait to be taken', { service, failures, error });
        await rest(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures));
      }
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (!link.isConnected) {
        await bell.wait(LONGEST_PAUSE_MS);
        continue;
      }
      try {
        await read();
      } catch (error) {
        if (link.isConnected && !stopping.signal.aborted)
          logger.warn('events cannot be followed', { service, error });
      }
      await rest(RESTART_PAUSE_MS);
    }
  }

  async function rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: stopping.signal }).catch(() => {}); // stopped: the loop sees it
  }

  const offChange = link.onChange(bell.ring);
  const ended = run();
  return {
    async stop() {
      stopping.abort();
      offChange();
      bell.ring();
      await ended;
    },
  };
}
