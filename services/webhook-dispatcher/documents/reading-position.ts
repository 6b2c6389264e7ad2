import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** How far the event stream was read, and which copy reads it; one document, `POSITION_ID`. */
const ReadingPosition = Type.Object({
  /** As @berth/bus tells it; none before the first event. */
  stream: Type.Optional(
    Type.Object({ stream: Type.String(), sequence: Type.Integer(), time: Type.String() }),
  ),
  /** The last ordinal given to an event. */
  ordinal: Type.Integer(),
  holder: Type.String(),
  /** Epoch milliseconds. */
  leaseUntil: Type.Integer(),
});
export type ReadingPosition = Static<typeof ReadingPosition>;
export type PositionDocument = ReadingPosition & Stored;

export const POSITION_ID = 'events';

export const positions: CollectionDefinition<ReadingPosition> = {
  name: 'positions',
  schema: ReadingPosition,
};
