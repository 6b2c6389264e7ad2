import { type Collection, isStoreError, type Stored } from '@berth/document-store';
import { sessionIdOf } from '../credentials/session-token.ts';
import type { Session } from '../documents/session.ts';

const PAGE = 200;

/** Ends the session of a token. One that is gone already is no error. */
export async function endSession(sessions: Collection<Session>, token: string): Promise<void> {
  const id = sessionIdOf(token);
  const session = id === undefined ? null : await sessions.get(id);
  if (session !== null) await removeQuietly(sessions, session);
}

/** Removes what is stored of sessions that have ended by time. Returns how many. */
export async function pruneSessions(sessions: Collection<Session>, now: number): Promise<number> {
  return removeAll(sessions, { index: 'byExpiry', range: { lte: now } });
}

/** Removes what is stored of the sessions of a user; that they have ended is the doing of `credentialEpoch`. */
export async function removeSessionsOf(sessions: Collection<Session>, userId: string): Promise<number> {
  return removeAll(sessions, { index: 'byUser', equals: { userId } });
}

async function removeAll(
  sessions: Collection<Session>,
  query: Omit<Parameters<Collection<Session>['page']>[0], 'limit'>,
): Promise<number> {
  for (let removed = 0; ; ) {
    const { items, next } = await sessions.page({ ...query, limit: PAGE });
    for (const session of items) await removeQuietly(sessions, session);
    removed += items.length;
    if (next === null) return removed;
  }
}

async function removeQuietly(sessions: Collection<Session>, session: Stored): Promise<void> {
  try {
    await sessions.remove(session);
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
}
