import { type ConsumerConfig, DeliverPolicy, type StreamInfo } from '@nats-io/jetstream';
import type { StreamPosition } from './port.ts';

/**
 * How far before the last event taken one begins after a new connection. What a bus lost with its death is stored again with
 * later times than all that was read from it; the rest is for servers whose clocks differ.
 */
const STEP_BACK_MS = 15 * 60_000;

type Stream = Pick<StreamInfo, 'created' | 'state'>;

/** Where a consumer of the stream begins. `isGap`: the one before had missed a message, and nothing else was wrong. */
export function startOf(
  stream: Stream,
  reached: StreamPosition | null,
  { isGap }: { readonly isGap: boolean },
): Partial<ConsumerConfig> {
  if (reached === null || stream.created !== reached.stream) return { deliver_policy: DeliverPolicy.All };
  if (isGap && stream.state.last_seq >= reached.sequence)
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: reached.sequence + 1 };
  const begin = new Date(Date.parse(reached.time) - STEP_BACK_MS).toISOString();
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: begin };
}

/** The position after an event. Its time stays when older events are read again, so that crashes never drive it back. */
export function positionAfter(
  stream: Pick<Stream, 'created'>,
  message: { readonly seq: number; readonly timestamp: string },
  reached: StreamPosition | null,
): StreamPosition {
  const isKnown = reached?.stream === stream.created;
  const time =
    isKnown && Date.parse(reached.time) > Date.parse(message.timestamp) ? reached.time : message.timestamp;
  return { stream: stream.created, sequence: message.seq, time };
}
