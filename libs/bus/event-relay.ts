import { setTimeout as pause } from 'node:timers/promises';
import { EVENT_STREAM } from '@berth/contracts';
import { createBell, type Logger, type Metrics } from '@berth/runtime';
import type { PubAck } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import type { Streams } from './event-streams.ts';
import type { Link } from './link.ts';
import type { RelayedOutbox } from './port.ts';

/** Entries stay this long after they were acknowledged: JetStream flushes late, and may lose the newest when it dies. */
const KEEP_SENT_MS = 10 * 60_000;
const PRUNE_EVERY_MS = 60_000;
/** Another copy may have stored events, and a wake-up may have got lost. */
const LOOK_EVERY_MS = 5_000;
/** Events that come within this time share a batch and one mark. */
const GATHER_MS = 10;
const BATCH = 256;
const LONGEST_PAUSE_MS = 5_000;

type Entry = Awaited<ReturnType<RelayedOutbox['unsent']>>[number];

export interface RelayOptions {
  readonly link: Link;
  readonly logger: Logger;
  readonly streams: Streams;
  readonly outbox: RelayedOutbox;
  readonly metrics: Metrics;
}

/**
 * Sends the events of an outbox to JetStream in their order, pipelined. Only a prefix without gaps is marked as sent;
 * the rest goes again, and JetStream drops what it has by the id. After every new connection the events of the last ten
 * minutes go once more, before any newer one. Two relays on one outbox only double the work.
 */
export function createRelay(options: RelayOptions): { stop(): Promise<void> } {
  const { link, logger, streams, outbox, metrics } = options;
  const relayed = metrics.counter({
    name: 'berth_events_relayed_total',
    help: 'Events of the database that JetStream has acknowledged',
  });
  const waiting = metrics.gauge({
    name: 'berth_events_waiting',
    help: 'Events of the database that waited for JetStream when it was looked at last, counted up to 256',
  });

  const stopping = new AbortController();
  const bell = createBell();
  const offAppend = outbox.onAppend(bell.ring);
  const offChange = link.onChange(bell.ring);
  let resentFor = 0;
  let lastSequence = 0;
  let prunedAt = 0;

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      if (!link.isConnected) {
        await bell.wait(LOOK_EVERY_MS);
        continue;
      }
      try {
        await resendIfNew();
        const isMore = await relayBatch();
        failures = 0;
        await pruneIfDue();
        if (isMore) continue;
        if (await bell.wait(LOOK_EVERY_MS)) await rest(GATHER_MS);
      } catch (error) {
        failures += 1;
        logger.warn('events wait to be relayed', { error, failures });
        if (!link.isConnected) continue;
        await streams.ensure().catch(() => {}); // a missing stream is one cause; what keeps it missing, the next try tells
        await rest(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures));
      }
    }
  }

  async function resendIfNew(): Promise<void> {
    const { generation } = link;
    if (generation === resentFor) return;
    const count = await outbox.resend(new Date(Date.now() - KEEP_SENT_MS));
    if (count > 0) logger.info('events are sent again', { count });
    resentFor = generation;
    lastSequence = 0;
  }

  /** Whether there may be more. Throws when not all of the batch was acknowledged. */
  async function relayBatch(): Promise<boolean> {
    const entries = await outbox.unsent(BATCH);
    waiting.set(entries.length);
    // Nothing may go to a new server before what the old one may have lost.
    if (entries.length === 0 || !link.isConnected || link.generation !== resentFor) return entries.length > 0;
    const outcomes = await untilLost(entries.map(publish));
    const firstFailure = outcomes.findIndex((outcome) => outcome.status === 'rejected');
    const sent = firstFailure < 0 ? entries : entries.slice(0, firstFailure);
    if (sent.length > 0) {
      await outbox.markSent(
        sent.map((entry) => entry.sequence),
        new Date(),
      );
      relayed.inc({}, sent.length);
      waiting.set(entries.length - sent.length);
    }
    const failure = outcomes[firstFailure];
    if (failure?.status === 'rejected') throw failure.reason;
    return entries.length === BATCH;
  }

  async function publish(entry: Entry): Promise<void> {
    try {
      const ack = await streams.jetstream.publish(entry.subject, entry.payload, { msgID: entry.id });
      if (ack.stream === EVENT_STREAM.name) watchSequence(ack);
    } catch (error) {
      if (!(error instanceof errors.InvalidArgumentError || error instanceof errors.InvalidSubjectError))
        throw error;
      // No later try could send it, and it must not hold up all others.
      logger.error('event cannot be sent at all', { id: entry.id, subject: entry.subject, error });
    }
  }

  /** A stream that counts backwards has lost events, though this connection was not cut (another server of a cluster). */
  function watchSequence(ack: PubAck): void {
    if (ack.duplicate) return;
    if (ack.seq <= lastSequence) resentFor = 0;
    lastSequence = ack.seq;
  }

  /** As Promise.allSettled, but ends when the connection does: nothing sent over it is answered then. */
  async function untilLost(acks: readonly Promise<void>[]): Promise<PromiseSettledResult<void>[]> {
    const { promise: lost, resolve: lose } = Promise.withResolvers<PromiseSettledResult<void>[]>();
    const off = link.onChange(() =>
      lose(acks.map(() => ({ status: 'rejected', reason: link.unavailable() }))),
    );
    try {
      return await Promise.race([Promise.allSettled(acks), lost]);
    } finally {
      off();
    }
  }

  async function pruneIfDue(): Promise<void> {
    if (Date.now() < prunedAt + PRUNE_EVERY_MS) return;
    prunedAt = Date.now();
    await outbox.prune(new Date(prunedAt - KEEP_SENT_MS));
  }

  async function rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: stopping.signal }).catch(() => {}); // stopped: the loop sees it
  }

  const ended = run();
  return {
    async stop() {
      stopping.abort();
      offAppend();
      offChange();
      bell.ring();
      await ended;
    },
  };
}
