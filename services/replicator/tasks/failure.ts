import { isAccessError } from '@berth/access';
import { isServiceError } from '@berth/contracts';
import { OciError } from '@berth/oci';
import { isRegistryClientError } from '@berth/registry-client';

/** Statuses that may be another one later. */
const PASSING = [408, 416, 425, 429, 500, 502, 503, 504];

const MAX_TRIES = 6;
/** What an event told of is tried for so long: nobody would start it again after an outage. */
const PATIENCE_MS = 24 * 3_600_000;
/** Of the first pause; a quarter of an hour by default. */
const LONGEST_PAUSE = 180;
/** Nobody is left alone for longer, whatever it asks. */
const MAX_ASKED_MS = 3_600_000;
/** Codes of Node for certificates that are not trusted: they are the same at the next try. */
const DISTRUST = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;

export interface Tries {
  /** Before the one that failed. */
  readonly tries: number;
  readonly retryPauseMs: number;
  /** Since the event, where one began it. */
  readonly waitedMs?: number | undefined;
}

/**
 * How long to wait before another try, as long at least as the other side asked to be left alone; null when none is worth it, or
 * there were enough: six, or those of a day after an event.
 */
export function nextPauseMs(error: unknown, { tries, retryPauseMs, waitedMs }: Tries): number | null {
  const wereEnough = waitedMs === undefined ? tries + 1 >= MAX_TRIES : waitedMs > PATIENCE_MS;
  if (wereEnough || !isPassing(error)) return null;
  const askedMs = isRegistryClientError(error) ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(Math.min(askedMs, MAX_ASKED_MS), retryPauseMs * Math.min(3 ** tries, LONGEST_PAUSE));
}

/** Whether it may be otherwise later. */
function isPassing(error: unknown): boolean {
  if (isServiceError(error)) return isServiceError(error, 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'STORAGE_FULL');
  if (!isRegistryClientError(error)) return false;
  const { code, status } = error;
  if (code === 'UNREACHABLE') return !isDistrust(error.cause);
  return status !== null && PASSING.includes(status);
}

function isDistrust(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && DISTRUST.test(code);
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
