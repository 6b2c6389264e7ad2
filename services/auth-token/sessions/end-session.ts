import { storedIdOf } from '../credentials/random-secret.ts';
import type { Facts } from '../facts.ts';
import { removeQuietly } from '../remove-pages.ts';

/** Ends the session of a token. One that is gone already is no error. */
export async function endSession({ sessions }: Pick<Facts, 'sessions'>, token: string): Promise<void> {
  const id = storedIdOf('session', token);
  const session = id === undefined ? null : await sessions.get(id);
  if (session !== null) await removeQuietly(sessions, session);
}
