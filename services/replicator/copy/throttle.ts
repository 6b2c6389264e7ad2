import { type Readable, Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** Lets bytes through at a pace: a token bucket that holds one second's worth at most. Errors of the source go on. */
export function throttled(source: Readable, bytesPerSecond: number, signal: AbortSignal): Readable {
  let tokens = bytesPerSecond;
  let filledAt = performance.now();
  async function pay(bytes: number): Promise<void> {
    const now = performance.now();
    tokens = Math.min(bytesPerSecond, tokens + ((now - filledAt) / 1_000) * bytesPerSecond) - bytes;
    filledAt = now;
    if (tokens < 0) await pause((-tokens / bytesPerSecond) * 1_000, undefined, { signal });
  }
  const paced = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      pay(chunk.byteLength).then(
        () => callback(null, chunk),
        (error: Error) => callback(error),
      );
    },
  });
  source.on('error', (error) => paced.destroy(error));
  paced.on('close', () => source.destroy());
  return source.pipe(paced);
}
