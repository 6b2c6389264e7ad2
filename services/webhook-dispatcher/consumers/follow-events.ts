import type { Bus, FollowedEvents } from '@berth/bus';
import { BEST_EFFORT_EVENTS, WEBHOOK_EVENT_TYPES } from '@berth/contracts';
import { runPeriodically } from '@berth/runtime';
import { ordinalOf, type PositionDocument } from '../documents/reading-position.ts';
import {
  advanceReading,
  claimReading,
  READING_LEASE_MS,
  releaseReading,
  renewReading,
} from '../intake/reading-lease.ts';
import { takeEvents } from '../intake/take-events.ts';
import type { Records } from '../records.ts';

const TYPES = WEBHOOK_EVENT_TYPES.filter((type) => !BEST_EFFORT_EVENTS.some((other) => other === type));
const TEND_EVERY_MS = 2_000;

export interface FollowingParts {
  readonly records: Records;
  readonly bus: Pick<Bus, 'follow'>;
  /** This copy. */
  readonly holder: string;
  /** Called when webhooks have new deliveries. */
  readonly onDeliveries: () => void;
}

/** This copy's hold on the events. */
interface Following {
  position: PositionDocument;
  writing: Promise<unknown>;
  stop(): Promise<void>;
}

/** Reads the events when no other copy does: takes the lease, follows from the stored position, gives up when it is lost. */
export async function followEvents(parts: FollowingParts): Promise<{ stop(): Promise<void> }> {
  const { records, bus, holder, onDeliveries } = parts;
  const { logger, clock } = records;
  let following: Following | undefined;

  /** Writes the position, one write at a time; false when another copy reads now. */
  function write(own: Following, change: (position: PositionDocument) => Promise<PositionDocument | null>) {
    const done = own.writing.then(async () => {
      const written = await change(own.position);
      if (written !== null) own.position = written;
      else if (following === own) {
        following = undefined;
        logger.info('another copy reads the events');
        void own.stop();
      }
      return written !== null;
    });
    own.writing = done.catch(() => {}); // its caller gets the error
    return done;
  }

  function begin(position: PositionDocument): Following {
    const own: Following = { position, writing: Promise.resolve(), stop: () => follower.stop() };
    const follower = bus.follow({
      service: 'webhook-dispatcher',
      types: TYPES,
      from: position.stream ?? null,
      async onEvents(batch) {
        const reading = readingOf(own.position, batch.position);
        await takeEvents(records, batch, reading);
        onDeliveries();
        const last = Math.max(reading.ordinal, ordinalOf(reading, batch.position.sequence));
        const reached = { stream: batch.position, epoch: reading.epoch, ordinal: last };
        const isOurs = await write(own, (current) => advanceReading(records, { ...current, ...reached }));
        if (!isOurs) throw new Error('another copy reads the events now');
      },
    });
    logger.info('reading events', { from: position.stream?.sequence ?? 0 });
    return own;
  }

  async function renew(own: Following): Promise<void> {
    if (own.position.leaseUntil - clock() > READING_LEASE_MS - TEND_EVERY_MS / 2) return;
    await write(own, (current) => renewReading(records, current));
  }

  async function tend(): Promise<void> {
    if (following !== undefined) return await renew(following);
    const claimed = await claimReading(records, holder);
    if (claimed !== null) following = begin(claimed);
  }

  await tend();
  const tending = runPeriodically({ name: 'reading events', everyMs: TEND_EVERY_MS, job: tend, logger });
  return {
    async stop() {
      await tending.stop();
      const own = following;
      if (own === undefined) return;
      await own.stop();
      await own.writing;
      await releaseReading(records, own.position);
    },
  };
}

/** Another stream than before counts from 1 again: its events come after all that were read. */
function readingOf(
  { stream, epoch, ordinal }: PositionDocument,
  reached: FollowedEvents['position'],
): Pick<PositionDocument, 'epoch' | 'ordinal'> {
  return { ordinal, epoch: stream === undefined || stream.stream === reached.stream ? epoch : epoch + 1 };
}
