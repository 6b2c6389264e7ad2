import { ATTEMPTS_KEPT, type Delivery } from '../documents/delivery.ts';
import type { Outcome } from '../sending/send-event.ts';
import { MOST_TRIES, retryPauseMs, TRIES_IN_TURN } from './retry-schedule.ts';

/** What becomes of a delivery: it is done, is tried again in its place, or steps aside for those behind it. */
export type Next = 'succeeded' | 'failed' | 'again' | 'aside';

export interface AfterAttempt<Document> {
  readonly delivery: Document;
  readonly next: Next;
}

/** The delivery with what came of an attempt. `isRetried`: false for one that is tried once only. */
export function afterAttempt<Document extends Delivery>(
  before: Document,
  outcome: Outcome,
  times: {
    readonly now: number;
    readonly retryPauseMs: number;
    readonly random: number;
    readonly isRetried?: boolean;
  },
): AfterAttempt<Document> {
  const { now, random, isRetried = true } = times;
  const { lane, dueAt: _dueAt, request: _request, response: _response, ...kept } = before;
  const tries = before.tries + 1;
  const next = nextOf(outcome, tries, isRetried);
  const isPending = next === 'again' || next === 'aside';
  const delivery = {
    ...kept,
    state: isPending ? 'pending' : next,
    ...(isPending && {
      ...(lane !== undefined && { lane }),
      dueAt: now + retryPauseMs(tries, times.retryPauseMs, random),
    }),
    tries,
    attemptCount: before.attemptCount + 1,
    attempts: [...before.attempts, outcome.attempt].slice(-ATTEMPTS_KEPT),
    ...(outcome.request !== undefined && { request: outcome.request }),
    ...(outcome.response !== undefined && { response: outcome.response }),
    updatedAt: new Date(now).toISOString(),
  };
  return { delivery: delivery as unknown as Document, next };
}

function nextOf(outcome: Outcome, tries: number, isRetried: boolean): Next {
  if (outcome.isSuccess) return 'succeeded';
  if (tries >= MOST_TRIES || !isRetried) return 'failed';
  return tries === TRIES_IN_TURN ? 'aside' : 'again';
}
