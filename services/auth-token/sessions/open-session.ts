import { ServiceError } from '@berth/contracts';
import { newSecret, secretHash, secretKindOf } from '../credentials/random-secret.ts';
import type { Facts } from '../facts.ts';
import { principalOf } from '../logins/authenticate.ts';
import type { LoginRecords } from '../logins/login-records.ts';
import type { PasswordLogin, PasswordLogins } from '../logins/password-login.ts';
import { removeOldest } from './remove-oldest.ts';

export const SESSION_LIFETIME_MS = 12 * 60 * 60 * 1_000;
/** Beyond so many of one user, the one that ends first goes. */
export const MAX_SESSIONS = 100;

export interface SessionParts {
  readonly facts: Pick<Facts, 'store' | 'sessions' | 'clock'>;
  readonly passwords: PasswordLogins;
  readonly records: LoginRecords;
}

/**
 * Signs a person in for the management API. The token is shown this once. ServiceError as `PasswordLogins`; DENIED for
 * the secret of a key or robot, which comes with each request instead.
 */
export async function openSession(
  { facts, passwords, records }: SessionParts,
  login: PasswordLogin,
): Promise<{ token: string; expiresAt: string }> {
  if (secretKindOf(login.password) !== undefined) {
    throw new ServiceError(
      'DENIED',
      'sessions are for passwords; keys and robots use Basic with each request',
    );
  }
  const user = await passwords.signIn(login);
  const token = newSecret('session');
  const now = facts.clock();
  const expiresAt = now + SESSION_LIFETIME_MS;
  await Promise.all([
    facts.sessions.insert(secretHash(token), {
      userId: user.id,
      credentialEpoch: user.credentialEpoch,
      createdAt: new Date(now).toISOString(),
      expiresAt,
    }),
    records.succeeded(principalOf(user), login),
  ]);
  await removeOldest(facts, { of: facts.sessions, userId: user.id, most: MAX_SESSIONS });
  return { token, expiresAt: new Date(expiresAt).toISOString() };
}
