import type { Collection, PageQuery } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { removePages } from '../remove-pages.ts';

/**
 * Removes what is stored of the sessions and refresh tokens of a user. That they have ended is the doing of
 * `credentialEpoch`, or of the user's end; so a failure is logged, and they go when their time is over.
 */
export async function endCredentialsOf(facts: Facts, userId: string): Promise<void> {
  try {
    await removeEnded(facts, { index: 'byUser', equals: { userId } });
  } catch (error) {
    facts.logger.warn('ended sessions stay stored until they expire', { userId, error });
  }
}

/** Removes what is stored of sessions and refresh tokens that have ended by time. Returns how many. */
export async function pruneCredentials(
  facts: Pick<Facts, 'store' | 'sessions' | 'refreshTokens' | 'clock'>,
): Promise<number> {
  return await removeEnded(facts, { index: 'byExpiry', range: { lte: facts.clock() } });
}

/** Relaxed: one that comes back when the machine loses that has ended all the same. */
async function removeEnded(
  facts: Pick<Facts, 'store' | 'sessions' | 'refreshTokens'>,
  query: Omit<PageQuery, 'limit' | 'after'>,
): Promise<number> {
  const remove = <Body extends object>(of: Collection<Body>) =>
    removePages(facts, {
      of,
      query,
      optionsFor: async (ended) => ended.map(() => ({ relaxed: true })),
    });
  return (await remove(facts.sessions)) + (await remove(facts.refreshTokens));
}
