import type { Collection } from '@berth/document-store';
import type { Clock } from '@berth/runtime';
import { newSessionToken, sessionIdOf } from '../credentials/session-token.ts';
import type { Session } from '../documents/session.ts';
import type { Authenticator, PasswordLogin } from './authenticate.ts';

export const SESSION_LIFETIME_MS = 12 * 60 * 60 * 1_000;

export interface SessionParts {
  readonly authenticator: Authenticator;
  readonly sessions: Collection<Session>;
  readonly clock: Clock;
}

/** Signs in for the management API. The token is shown this once. ServiceError as `Authenticator`. */
export async function openSession(
  { authenticator, sessions, clock }: SessionParts,
  login: PasswordLogin,
): Promise<{ token: string; expiresAt: string }> {
  const user = await authenticator.signIn(login);
  const token = newSessionToken();
  const now = clock();
  const expiresAt = now + SESSION_LIFETIME_MS;
  await sessions.insert(sessionIdOf(token) as string, {
    userId: user.id,
    credentialEpoch: user.credentialEpoch,
    createdAt: new Date(now).toISOString(),
    expiresAt,
  });
  return { token, expiresAt: new Date(expiresAt).toISOString() };
}
