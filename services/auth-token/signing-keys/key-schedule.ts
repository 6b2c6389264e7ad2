import { MAX_TOKEN_LIFETIME_SECONDS, TOKEN_LEEWAY_SECONDS } from '@berth/access';

/** A new key is published this long before it signs, so that every copy knows it by then. */
export const PUBLISH_AHEAD_MS = 60_000;
/** A copy that has not yet seen the next key may sign with the old one for so long. */
const LATE_SIGNING_MS = 5 * 60_000;
/** After the next key took over: until every token that the old one can have signed has ended. */
export const PUBLISH_AFTER_MS = (MAX_TOKEN_LIFETIME_SECONDS + TOKEN_LEEWAY_SECONDS) * 1_000 + LATE_SIGNING_MS;

/** What of a key its times depend on; in epoch milliseconds. */
export interface ScheduledKey {
  readonly generation: number;
  readonly signsFrom: number;
}

/** The key that signs now: the newest whose time has come, or the first ever. Undefined when there is none. */
export function signingKeyAt<K extends ScheduledKey>(keys: readonly K[], now: number): K | undefined {
  const newestFirst = keys.toSorted((a, b) => b.generation - a.generation);
  return newestFirst.find((key) => key.signsFrom <= now) ?? newestFirst.at(-1);
}

/** The keys that tokens may still be verified with: all but those whose last token has ended. */
export function publishedAt<K extends ScheduledKey>(keys: readonly K[], now: number): K[] {
  const oldestFirst = keys.toSorted((a, b) => a.generation - b.generation);
  return oldestFirst.filter((_, place) => {
    const next = oldestFirst[place + 1];
    return next === undefined || now < next.signsFrom + PUBLISH_AFTER_MS;
  });
}

/** True when the newest key has signed for its lifetime, or there is none. */
export function isRotationDue(keys: readonly ScheduledKey[], now: number, lifetimeMs: number): boolean {
  return keys.every((key) => key.signsFrom + lifetimeMs <= now);
}
