import type { Standing } from '../documents/standing.ts';
import type { Outcome } from '../sending/send-event.ts';

/** A webhook that has failed for so long, without one success, is paused. */
export const FAILING_LIMIT_MS = 24 * 3_600_000;

/** What attempts told of a receiver since its standing was written. Times are those of the attempts. */
export interface News {
  readonly succeededAt?: string;
  /** The first failure after that. */
  readonly failedAt?: string;
  readonly lastError?: string;
  /** It says that it will never be there again. */
  readonly isGone?: boolean;
}

export const NO_NEWS: News = {};

export function withOutcome(news: News, { attempt, isSuccess, isGone }: Outcome): News {
  if (isSuccess) return { succeededAt: attempt.at };
  return {
    ...news,
    failedAt: news.failedAt ?? attempt.at,
    lastError: attempt.error ?? '',
    isGone: news.isGone === true || isGone,
  };
}

/** The standing with the news. */
export function withNews<Document extends Standing>(standing: Document, news: News): Document {
  const { failingSince: before, ...rest } = standing;
  const { succeededAt, failedAt } = news;
  const failingSince = succeededAt === undefined ? (before ?? failedAt) : failedAt;
  return {
    ...rest,
    ...(succeededAt !== undefined && { lastSuccessAt: succeededAt }),
    ...(failingSince !== undefined && { failingSince }),
  } as Document;
}

/** Why a webhook with this standing, the news included, is to be paused; null when it is not. */
export function pauseReason({ failingSince }: Standing, news: News, now: number): string | null {
  if (news.isGone === true) return 'the receiver answered 410 Gone';
  if (news.failedAt === undefined || failingSince === undefined) return null;
  if (now - Date.parse(failingSince) < FAILING_LIMIT_MS) return null;
  return `nothing was delivered since ${failingSince}; the last attempt: ${news.lastError}`.slice(0, 1_000);
}
