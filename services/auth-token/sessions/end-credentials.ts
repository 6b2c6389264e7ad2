import type { Facts } from '../facts.ts';
import { removePages } from '../remove-pages.ts';

/**
 * Removes what is stored of the sessions and refresh tokens of a user. That they have ended is the doing of
 * `credentialEpoch`, or of the user's end; so a failure is logged, and they go when their time is over.
 */
export async function endCredentialsOf(facts: Facts, userId: string): Promise<void> {
  const { sessions, refreshTokens, logger } = facts;
  try {
    await removePages(sessions, { index: 'byUser', equals: { userId } });
    await removePages(refreshTokens, { index: 'byUser', equals: { userId } });
  } catch (error) {
    logger.warn('ended sessions stay stored until they expire', { userId, error });
  }
}

/** Removes what is stored of sessions and refresh tokens that have ended by time. Returns how many. */
export async function pruneCredentials({
  sessions,
  refreshTokens,
  clock,
}: Pick<Facts, 'sessions' | 'refreshTokens' | 'clock'>): Promise<number> {
  const ended = { index: 'byExpiry', range: { lte: clock() } };
  return (await removePages(sessions, ended)) + (await removePages(refreshTokens, ended));
}
