import { unlessConflict } from '@berth/document-store';
import { POSITION_ID, type PositionDocument } from '../documents/reading-position.ts';
import type { Records } from '../records.ts';

/** A copy that does not renew is taken for dead after so long. */
export const READING_LEASE_MS = 10_000;

/** Makes this copy the one that reads the events; null while another does. Also renews what it has. */
export async function claimReading(records: Records, holder: string): Promise<PositionDocument | null> {
  const { positions, clock } = records;
  const now = clock();
  const lease = { holder, leaseUntil: now + READING_LEASE_MS };
  const position = await positions.get(POSITION_ID);
  if (position !== null && position.holder !== holder && position.leaseUntil > now) return null;
  return await unlessConflict(
    position === null
      ? positions.insert(POSITION_ID, { epoch: 0, ordinal: 0, ...lease })
      : positions.replace({ ...position, ...lease }, { relaxed: true }),
  );
}

/**
 * Says how far this copy has come, and moves the end of its lease on, by the version that it wrote last; null when another
 * copy reads now: whoever was overtaken loses here, and what it stored before is what the other stores. Deliveries are
 * durable already, so this may be lost with the machine: the events are then read again, and found to be there.
 */
export async function advanceReading(
  { positions, clock }: Records,
  position: PositionDocument,
): Promise<PositionDocument | null> {
  const leaseUntil = clock() + READING_LEASE_MS;
  return await unlessConflict(positions.replace({ ...position, leaseUntil }, { relaxed: true }));
}

/** Moves only the end of the lease on. */
export async function renewReading(
  { positions, clock }: Records,
  position: PositionDocument,
): Promise<PositionDocument | null> {
  const leaseUntil = clock() + READING_LEASE_MS;
  return await unlessConflict(positions.replace({ ...position, leaseUntil }, { relaxed: true }));
}

/** Lets another copy go on at once. */
export async function releaseReading({ positions }: Records, position: PositionDocument): Promise<void> {
  await unlessConflict(positions.replace({ ...position, leaseUntil: 0 }, { relaxed: true }));
}
