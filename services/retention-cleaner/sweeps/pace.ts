import type { Clock } from '@berth/runtime';

/** Waits so long, or until it is aborted. */
export type Pause = (ms: number, until: AbortSignal) => Promise<void>;

/** Resolves when so much may have been done since the last call, or when it is aborted. */
export type Pace = (handled: number, until: AbortSignal) => Promise<void>;

/** At most `perSecond` documents and keys a second, 0: as many as there are. */
export function createPace(options: {
  readonly perSecond: number;
  readonly clock: Clock;
  readonly pause: Pause;
}): Pace {
  const { perSecond, clock, pause } = options;
  if (perSecond === 0) return async () => {};
  let freeAt = 0;
  return async (handled, until) => {
    const now = clock();
    freeAt = Math.max(freeAt, now) + (handled / perSecond) * 1_000;
    // Pauses of less than a timer can tell wait until they have grown.
    if (freeAt - now >= 5) await pause(freeAt - now, until);
  };
}
