import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** How far the event stream was read, and which copy reads it; one document, `POSITION_ID`. */
const ReadingPosition = Type.Object({
  /** As @berth/bus tells it; none before the first event. */
  stream: Type.Optional(
    Type.Object({ stream: Type.String(), sequence: Type.Integer(), time: Type.String() }),
  ),
  /** Grows when the stream is another one than before, which counts from 1 again. */
  epoch: Type.Integer(),
  /** The highest ordinal of an event that was taken; it does not go back when events are read again. */
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

/** Of a stream at most so many events are told apart: 2^40. With 2^12 streams, ordinals are exact numbers. */
const EVENTS_OF_STREAM = 2 ** 40;

/**
 * The place of an event among all that ever were. It is made of the event's place in its stream alone: whoever reads it, and
 * however often, finds the same.
 */
export function ordinalOf({ epoch }: Pick<ReadingPosition, 'epoch'>, sequence: number): number {
  return epoch * EVENTS_OF_STREAM + sequence;
}
