import { type Readable, Transform } from 'node:stream';
import type { Pace } from './pace.ts';

/** Lets bytes through at a pace. Errors of the source go on. */
export function throttled(source: Readable, pace: Pace, signal: AbortSignal): Readable {
  const paced = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      pace.pay(chunk.byteLength, signal).then(
        () => callback(null, chunk),
        (error: Error) => callback(error),
      );
    },
  });
  source.on('error', (error) => paced.destroy(error));
  paced.on('close', () => source.destroy());
  return source.pipe(paced);
}
