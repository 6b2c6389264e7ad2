import { setTimeout as sleep } from 'node:timers/promises';

const FAREWELL_MS = 300;
const LONGEST_FAREWELL_MS = 1_500;

export interface Leave {
  /** When the last request came, by `now`. */
  readonly askedAt: () => number;
  /** Milliseconds, from wherever; `performance.now` unless a test moves it. */
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<unknown>;
}

/**
 * A server that ends goes on taking requests, so that those who keep connections to it hear that they end, each by an answer: until none
 * came for 300 ms, or it has gone on for a second and a half. One that is closed just when it is used would cost a request.
 */
export async function takeLeave({
  askedAt,
  now = () => performance.now(),
  pause = sleep,
}: Leave): Promise<void> {
  const begunAt = now();
  let quietSince = begunAt;
  do {
    await pause(quietSince + FAREWELL_MS - now());
    quietSince = Math.max(begunAt, askedAt());
  } while (quietSince + FAREWELL_MS > now() && begunAt + LONGEST_FAREWELL_MS > now());
}
