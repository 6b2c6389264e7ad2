import { isStoreError, unlessConflict } from '@berth/document-store';
import type { Standing, StandingDocument } from '../documents/standing.ts';
import type { Records } from '../records.ts';
import type { Outcome } from '../sending/send-event.ts';
import { type News, NO_NEWS, pauseReason, withNews, withOutcome } from './health.ts';

/** A copy that does not renew is taken for dead after so long; longer than an attempt takes. */
export const HOLD_MS = 15_000;
const RENEW_AFTER_MS = 3_000;
const NEWS_AFTER_MS = 1_000;

/** A webhook that this copy has in hand, and what its attempts told of the receiver meanwhile. */
export interface Hold {
  readonly id: string;
  /** Another copy has it now. */
  readonly isLost: boolean;
  /** Why the webhook is to be paused, by its latest attempts; null when it is not. */
  readonly pauseReason: string | null;
  note(outcome: Outcome): void;
  /** The standing as it is now; renews the lease when it is time. Null when another copy has it. */
  look(): Promise<StandingDocument | null>;
  /** Lets go of it, by the version of `standing`; false when somebody wrote it since: there may be work. */
  giveBack(standing: StandingDocument, wakeAt: number | undefined): Promise<boolean>;
  /** Lets go of it in any case. */
  letGo(change: Partial<Standing>): Promise<void>;
}

/** Takes a webhook in hand whose time to be looked at has come; null when another copy was faster. */
export async function takeInHand(
  records: Records,
  standing: StandingDocument,
  holder: string,
): Promise<Hold | null> {
  const { standings, clock } = records;
  const taken = await unlessConflict(
    standings.replace({ ...standing, holder, wakeAt: clock() + HOLD_MS }, { relaxed: true }),
  );
  return taken && createHold(records, taken, holder);
}

function createHold(records: Records, taken: StandingDocument, holder: string): Hold {
  const { standings, clock } = records;
  const { id } = taken;
  let latest = taken;
  let news: News = NO_NEWS;
  let reason: string | null = null;
  let isLost = false;

  /** Writes the standing, with the news, whoever else writes it meanwhile. */
  async function write(
    change: (standing: StandingDocument) => StandingDocument,
  ): Promise<StandingDocument | null> {
    const told = news;
    news = NO_NEWS;
    for (;;) {
      const standing = await standings.get(id);
      if (standing?.holder !== holder) break;
      const written = await unlessConflict(
        standings.replace(change(withNews(standing, told)), { relaxed: true }),
      );
      if (written !== null) {
        latest = written;
        return written;
      }
    }
    isLost = true;
    return null;
  }

  return {
    id,
    get isLost() {
      return isLost;
    },
    get pauseReason() {
      return reason;
    },
    note(outcome) {
      news = withOutcome(news, outcome);
      reason = pauseReason(withNews(latest, news), news, clock());
    },
    async look() {
      const standing = await standings.get(id);
      if (standing?.holder !== holder) {
        isLost = true;
        return null;
      }
      latest = standing;
      if (!isRenewalDue(standing, clock(), news !== NO_NEWS)) return standing;
      try {
        return await write((fresh) => ({ ...fresh, wakeAt: clock() + HOLD_MS }));
      } catch (error) {
        // As long as nobody else can write it either, it stays in hand.
        if (isStoreError(error, 'STORAGE_FULL', 'UNAVAILABLE')) return standing;
        throw error;
      }
    },
    async giveBack(standing, wakeAt) {
      const left = released(withNews(standing, news), wakeAt === undefined ? {} : { wakeAt });
      return (await unlessConflict(standings.replace(left, { relaxed: true }))) !== null;
    },
    async letGo(change) {
      await write((fresh) => released(fresh, change));
    },
  };
}

function isRenewalDue({ wakeAt = 0 }: Standing, now: number, isNews: boolean): boolean {
  const heldForMs = now - (wakeAt - HOLD_MS);
  return heldForMs >= (isNews ? NEWS_AFTER_MS : RENEW_AFTER_MS) || heldForMs < 0;
}

function released(standing: StandingDocument, change: Partial<Standing>): StandingDocument {
  const { holder: _holder, wakeAt: _wakeAt, ...rest } = standing;
  return { ...rest, ...change };
}
