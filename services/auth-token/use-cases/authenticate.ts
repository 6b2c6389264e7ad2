import { type Credential, type Principal, ServiceError } from '@berth/contracts';
import type { Collection, Stored } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import type { LoginLimiter } from '../credentials/login-limiter.ts';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import { sessionIdOf } from '../credentials/session-token.ts';
import type { VerifiedPasswords } from '../credentials/verified-passwords.ts';
import type { Session } from '../documents/session.ts';
import type { User } from '../documents/user.ts';

const MAX_USERNAME_LENGTH = 255;
const MAX_PASSWORD_LENGTH = 4_096;

export interface Authenticator {
  /**
   * Who shows this credential? `address` is the client's. ServiceError UNAUTHORIZED; for passwords also
   * TOO_MANY_REQUESTS (detail {retryAfterSeconds}).
   */
  authenticate(credential: Credential, address: string | undefined): Promise<Principal>;
  /** The user whose name and password these are; errors as above. */
  signIn(login: PasswordLogin): Promise<User & Stored>;
}

export interface PasswordLogin {
  readonly username: string;
  readonly password: string;
  readonly address: string | undefined;
}

export interface AuthenticatorParts {
  readonly users: Collection<User>;
  readonly sessions: Collection<Session>;
  readonly hasher: PasswordHasher;
  readonly limiter: LoginLimiter;
  readonly verified: VerifiedPasswords;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Passwords and sessions. Users are read anew each time, so that what was changed holds at once. */
export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { users, sessions, hasher, limiter, verified, clock, logger } = parts;
  /** Logins under way: a client that begins with many connections costs one scrypt. */
  const underWay = new Map<string, Promise<User & Stored>>();

  async function signIn(login: PasswordLogin): Promise<User & Stored> {
    const { username, password, address } = login;
    if (username.length > MAX_USERNAME_LENGTH || password.length > MAX_PASSWORD_LENGTH) throw wrongPassword();
    limiter.check(login);
    const key = verified.keyOf(username, password);
    const known = verified.find(key);
    if (known !== undefined) {
      const user = await users.get(known.userId);
      if (user !== null && !user.disabled && user.passwordHash === known.passwordHash) return user;
    }
    const attemptKey = `${key} ${address}`;
    const attempt = underWay.get(attemptKey) ?? verify(login, key).finally(() => underWay.delete(attemptKey));
    underWay.set(attemptKey, attempt);
    return attempt;
  }

  async function verify(login: PasswordLogin, key: string): Promise<User & Stored> {
    const attempt = limiter.begin(login);
    let outcome: Parameters<typeof attempt.end>[0] = 'undecided';
    try {
      const { items } = await users.page({
        index: 'byUsername',
        equals: { username: login.username },
        limit: 1,
      });
      const user = items[0];
      const isRight = await hasher.verify(login.password, user?.passwordHash);
      outcome = isRight && user !== undefined && !user.disabled ? 'right' : 'wrong';
      if (user === undefined || outcome === 'wrong') {
        logger.info('login refused', { username: login.username, address: login.address });
        throw wrongPassword();
      }
      verified.remember(key, { userId: user.id, passwordHash: user.passwordHash });
      return user;
    } finally {
      attempt.end(outcome);
    }
  }

  async function userOfSession(token: string): Promise<User & Stored> {
    const id = sessionIdOf(token);
    const session = id === undefined ? null : await sessions.get(id);
    if (session === null || session.expiresAt <= clock()) throw noSession();
    const user = await users.get(session.userId);
    if (user === null || user.disabled || user.credentialEpoch !== session.credentialEpoch) throw noSession();
    return user;
  }

  return {
    signIn,
    async authenticate(credential, address) {
      return principalOf(
        credential.kind === 'session'
          ? await userOfSession(credential.token)
          : await signIn({ username: credential.username, password: credential.password, address }),
      );
    },
  };
}

export function principalOf(user: User & Stored): Principal {
  return { id: user.id, kind: 'user', name: user.username, isAdmin: user.admin };
}

function wrongPassword(): ServiceError {
  return new ServiceError('UNAUTHORIZED', 'the user name or the password is wrong');
}

function noSession(): ServiceError {
  return new ServiceError('UNAUTHORIZED', 'the session has ended, or there never was one');
}
