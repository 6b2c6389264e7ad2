export interface RetryOptions {
  /** Tries in all; default 4. */
  readonly attempts?: number;
  /** First pause, doubled each time and spread by half; default 200. */
  readonly firstPauseMs?: number;
  /** No pause is longer, whatever `Retry-After` says: a longer one is the caller's to wait; default 30,000. */
  readonly maxPauseMs?: number;
}

const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isRetryableStatus(status: number): boolean {
  return RETRYABLE.has(status);
}

/** The pause before the next try; null when `Retry-After` asks for more than the limit. `attempt` counts from 1. */
export function pauseMs(
  attempt: number,
  options: RetryOptions & { readonly retryAfterMs: number | null; readonly random: () => number },
): number | null {
  const { firstPauseMs = 200, maxPauseMs = 30_000, retryAfterMs, random } = options;
  if (retryAfterMs !== null) {
    return retryAfterMs <= maxPauseMs ? retryAfterMs : null;
  }
  return Math.min(maxPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (0.5 + random() / 2);
}

/** `Retry-After` as milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3); null when it is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) {
    return null;
  }
  if (/^\d{1,9}$/.test(value)) {
    return Number(value) * 1000;
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
