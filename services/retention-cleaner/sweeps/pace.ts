import type { Clock } from '@berth/runtime';

/** Resolves when so much may have been done since the last call. */
export type Pace = (handled: number) => Promise<void>;

/** At most `perSecond` documents and keys a second, 0: as many as there are. A pause ends when the service stops. */
export function createPace(options: {
  readonly perSecond: number;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
}): Pace {
  const { perSecond, clock, pause } = options;
  if (perSecond === 0) return async () => {};
  let freeAt = 0;
  return async (handled) => {
    const now = clock();
    freeAt = Math.max(freeAt, now) + (handled / perSecond) * 1_000;
    // Pauses of less than a timer can tell wait until they have grown.
    if (freeAt - now >= 5) await pause(freeAt - now);
  };
}
