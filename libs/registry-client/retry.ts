import { setTimeout as pause } from 'node:timers/promises';
import { isRegistryClientError } from './registry-client-error.ts';
import { type Answer, dropBody, headerOf } from './response-body.ts';
import { parseRetryAfter } from './retry-after.ts';

export interface RetryOptions {
  /** Tries in all; default 4. */
  readonly attempts?: number;
  /** First pause, doubled each time and spread by half; default 200. */
  readonly firstPauseMs?: number;
  /** No pause is longer; where `Retry-After` asks for more, the answer is the caller's to handle. Default 30,000. */
  readonly maxPauseMs?: number;
}

/** By the status, or null where there was no answer. */
export type MayRetry = (status: number | null) => boolean;

export interface RetryContext {
  readonly retry: RetryOptions;
  readonly mayRetry: MayRetry;
  readonly signal: AbortSignal | undefined;
  readonly clock: () => number;
  readonly random: () => number;
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Does it again, after a pause, while the answer is a passing one or there was none (UNREACHABLE). The last outcome. */
export async function retrying(context: RetryContext, exchange: () => Promise<Answer>): Promise<Answer> {
  const { retry, mayRetry, signal, clock, wait = waitFor } = context;
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= (retry.attempts ?? 4);
    let pauseForMs: number | null;
    try {
      const answer = await exchange();
      if (!RETRYABLE.has(answer.statusCode) || isLast || !mayRetry(answer.statusCode)) {
        return answer;
      }
      pauseForMs = pauseMs(attempt, context, parseRetryAfter(headerOf(answer, 'retry-after'), clock()));
      if (pauseForMs === null) {
        return answer;
      }
      await dropBody(answer);
    } catch (error) {
      const isTransient = isRegistryClientError(error) && error.code === 'UNREACHABLE';
      if (!isTransient || isLast || !mayRetry(null)) {
        throw error;
      }
      pauseForMs = pauseMs(attempt, context, null) ?? 0;
    }
    await wait(pauseForMs, signal);
  }
}

/** The pause after the attempt, counted from 1; null when the registry asks for a longer one than the limit. */
function pauseMs(
  attempt: number,
  { retry, random }: Pick<RetryContext, 'retry' | 'random'>,
  retryAfterMs: number | null,
): number | null {
  const { firstPauseMs = 200, maxPauseMs = 30_000 } = retry;
  if (retryAfterMs !== null) {
    return retryAfterMs <= maxPauseMs ? retryAfterMs : null;
  }
  return Math.min(maxPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (0.5 + random() / 2);
}

async function waitFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, signal === undefined ? {} : { signal });
}
