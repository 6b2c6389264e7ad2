import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/**
 * Deliveries of one webhook that wait for each other: those of one object, in the order of their ordinals; or a single one
 * that waits for nothing and holds up nothing. It exists while there may be pending ones in it. A delivery is written
 * before its lane, and the lane is written by each that comes; whoever finds it empty removes it by the version read
 * before it looked. So none is left in a lane that is not there.
 */
const Lane = Type.Object({
  webhookId: Type.String(),
  /** Epoch milliseconds: when the first of it is to be attempted. */
  dueAt: Type.Integer(),
});
export type Lane = Static<typeof Lane>;
export type LaneDocument = Lane & Stored;

export const lanes: CollectionDefinition<Lane> = {
  name: 'lanes',
  schema: Lane,
  indexes: { byDue: [{ field: 'webhookId' }, { field: 'dueAt' }] },
};

/** The lane of an object, named by its key (matching/object-key.ts). */
export function laneOfObject(webhookId: string, objectKey: string): string {
  return `${webhookId} ${objectKey}`;
}

/** The lane of a delivery alone. */
export function laneOfDelivery(deliveryId: string): string {
  return deliveryId;
}
