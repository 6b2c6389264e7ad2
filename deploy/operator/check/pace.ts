export interface Pace {
  /** Resolves when these bytes, and all that were taken before, may have been read. */
  take(bytes: number): Promise<void>;
}

export interface PaceOptions {
  /** Of all readers together; null: no bound. */
  readonly bytesPerSecond: number | null;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** A shorter wait costs more than it saves. */
const SHORTEST_WAIT_MS = 10;

/** One rate that any number of readers share: a reader that is alone has all of it. */
export function createPace({ bytesPerSecond, now, wait }: PaceOptions): Pace {
  let paidUntil = now();
  return {
    async take(bytes) {
      if (bytesPerSecond === null) return;
      paidUntil = Math.max(paidUntil, now()) + (bytes / bytesPerSecond) * 1_000;
      const aheadMs = paidUntil - now();
      if (aheadMs > SHORTEST_WAIT_MS) await wait(aheadMs);
    },
  };
}
