import { isAccessError } from '@berth/access';
import { isServiceError } from '@berth/contracts';
import { OciError } from '@berth/oci';
import { isRegistryClientError } from '@berth/registry-client';

/** Statuses that may be another one later. */
const PASSING = [408, 416, 425, 429, 500, 502, 503, 504];

const MAX_TRIES = 6;

/**
 * How long to wait before another try, as long at least as the other side asked to be left alone; null when none is worth it, or
 * there were enough.
 */
export function nextPauseMs(
  error: unknown,
  { tries, retryPauseMs }: { readonly tries: number; readonly retryPauseMs: number },
): number | null {
  if (tries + 1 >= MAX_TRIES || !isPassing(error)) return null;
  const askedMs = isRegistryClientError(error) ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(askedMs, retryPauseMs * 3 ** tries);
}

/** Whether it may be otherwise later. */
function isPassing(error: unknown): boolean {
  if (isServiceError(error)) return isServiceError(error, 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'STORAGE_FULL');
  if (!isRegistryClientError(error)) return false;
  const { code, status } = error;
  return code === 'UNREACHABLE' || (status !== null && PASSING.includes(status));
}

/** Of few kinds, for metrics: a status, or what it is about. */
export function classOf(error: unknown): string {
  if (!isRegistryClientError(error)) return isPassing(error) ? 'platform' : 'other';
  if (error.status !== null) return String(error.status);
  if (error.code === 'UNREACHABLE') return 'unreachable';
  return error.code === 'DIGEST_MISMATCH' ? 'integrity' : 'other';
}

/** In words for people, whatever it was; never with a secret in it. */
export function reasonOf(error: unknown): string {
  const isKnown =
    isRegistryClientError(error) ||
    isServiceError(error) ||
    isAccessError(error) ||
    error instanceof OciError;
  const text = error instanceof Error ? error.message : String(error);
  return (isKnown ? text : `unexpected: ${text}`).slice(0, 1_000);
}
