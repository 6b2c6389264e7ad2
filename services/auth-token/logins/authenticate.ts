import { type Credential, type Principal, ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import { secretKindOf, storedIdOf } from '../credentials/random-secret.ts';
import type { User } from '../documents/account.ts';
import type { Facts } from '../facts.ts';
import { getUser } from '../users/find-account.ts';
import type { LoginPlace } from './login-records.ts';
import type { PasswordLogins } from './password-login.ts';
import type { SecretLogins } from './secret-login.ts';

export interface Authenticator {
  /**
   * Who shows this credential? ServiceError UNAUTHORIZED; for all but sessions also TOO_MANY_REQUESTS (detail
   * {retryAfterSeconds}).
   */
  authenticate(credential: Credential, place: LoginPlace): Promise<Principal>;
}

export interface AuthenticatorParts {
  readonly facts: Pick<Facts, 'accounts' | 'sessions' | 'clock'>;
  readonly passwords: PasswordLogins;
  readonly secrets: SecretLogins;
}

/**
 * Sessions, passwords, access keys and robots; which of the last three it is, the form of the secret says. Everything is
 * read anew each time, so that what was changed holds at once.
 */
export function createAuthenticator({ facts, passwords, secrets }: AuthenticatorParts): Authenticator {
  async function userOfSession(token: string): Promise<User & Stored> {
    const id = storedIdOf('session', token);
    const session = id === undefined ? null : await facts.sessions.get(id);
    if (session === null || session.expiresAt <= facts.clock()) throw noSession();
    const user = await getUser(facts, session.userId);
    if (user === null || user.disabled || user.credentialEpoch !== session.credentialEpoch) throw noSession();
    return user;
  }

  return {
    async authenticate(credential, place) {
      if (credential.kind === 'session') return principalOf(await userOfSession(credential.token));
      const { username, password } = credential;
      const login = { username, password, ...place };
      const kind = secretKindOf(password);
      return kind === 'key' || kind === 'robot'
        ? await secrets.signIn(login, kind)
        : principalOf(await passwords.signIn(login));
    },
  };
}

export function principalOf(user: User & Stored): Principal {
  return { id: user.id, kind: 'user', name: user.username, isAdmin: user.admin };
}

function noSession(): ServiceError {
  return new ServiceError('UNAUTHORIZED', 'the session has ended, or there never was one');
}
