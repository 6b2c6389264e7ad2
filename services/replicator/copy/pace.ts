import { setTimeout as pause } from 'node:timers/promises';

/** A bound of bytes a second that all share who have it: a token bucket that holds one second's worth at most. */
export interface Pace {
  readonly bytesPerSecond: number;
  /** Resolves when so many bytes more may pass. Rejects with the reason of `signal`. */
  pay(bytes: number, signal: AbortSignal): Promise<void>;
}

export function createPace(bytesPerSecond: number): Pace {
  let tokens = bytesPerSecond;
  let filledAt = performance.now();
  return {
    bytesPerSecond,
    async pay(bytes, signal) {
      const now = performance.now();
      tokens = Math.min(bytesPerSecond, tokens + ((now - filledAt) / 1_000) * bytesPerSecond) - bytes;
      filledAt = now;
      if (tokens < 0) await pause((-tokens / bytesPerSecond) * 1_000, undefined, { signal });
    },
  };
}

/** The paces of policies: all tasks of one that this copy works have the same. */
export interface Paces {
  /** Undefined without a bound. */
  of(policyId: string, bytesPerSecond: number | undefined): Pace | undefined;
}

const MAX_PACES = 1_000;

export function createPaces(): Paces {
  const paces = new Map<string, Pace>();
  return {
    of(policyId, bytesPerSecond) {
      if (bytesPerSecond === undefined) return undefined;
      const known = paces.get(policyId);
      if (known?.bytesPerSecond === bytesPerSecond) return known;
      const [oldest] = paces.keys();
      if (paces.size >= MAX_PACES && oldest !== undefined) paces.delete(oldest);
      const pace = createPace(bytesPerSecond);
      paces.set(policyId, pace);
      return pace;
    },
  };
}
