import { ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { LoginLimiter } from '../credentials/login-limiter.ts';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import type { VerifiedPasswords } from '../credentials/verified-passwords.ts';
import type { User } from '../documents/account.ts';
import type { Facts } from '../facts.ts';
import { findAccount, getUser, MAX_USERNAME_LENGTH } from '../users/find-account.ts';
import type { LastUses } from './last-uses.ts';
import { type LoginFailure, type LoginPlace, type LoginRecords, nameless } from './login-records.ts';

const MAX_PASSWORD_LENGTH = 4_096;

export interface PasswordLogin extends LoginPlace {
  readonly username: string;
  readonly password: string;
}

export interface PasswordLogins {
  /**
   * The user whose name and password these are, as stored now. ServiceError UNAUTHORIZED; TOO_MANY_REQUESTS (detail
   * {retryAfterSeconds}).
   */
  signIn(login: PasswordLogin): Promise<User & Stored>;
}

export interface PasswordLoginParts {
  readonly facts: Pick<Facts, 'accounts'>;
  readonly hasher: PasswordHasher;
  readonly limiter: LoginLimiter;
  readonly verified: VerifiedPasswords;
  readonly records: LoginRecords;
  readonly lastUses: LastUses;
}

/** Password logins of users. A name that nobody has, or a robot, costs as much as a wrong password. */
export function createPasswordLogins(parts: PasswordLoginParts): PasswordLogins {
  const { facts, hasher, limiter, verified, records, lastUses } = parts;
  /** Logins under way: a client that begins with many connections costs one scrypt. */
  const underWay = new Map<string, Promise<User & Stored>>();

  async function verify(login: PasswordLogin, key: string): Promise<User & Stored> {
    const attempt = limiter.begin(login);
    let outcome: Parameters<typeof attempt.end>[0] = 'undecided';
    try {
      const account = await findAccount(facts, login.username);
      const user = account?.kind === 'user' ? account : null;
      const isRight = await hasher.verify(login.password, user?.passwordHash);
      if (user === null || !isRight || user.disabled) {
        outcome = 'wrong';
        await recordFailure(login, user, isRight);
        throw wrongPassword();
      }
      outcome = 'right';
      verified.remember(key, { userId: user.id, passwordHash: user.passwordHash });
      return user;
    } finally {
      attempt.end(outcome);
    }
  }

  async function recordFailure(
    login: PasswordLogin,
    user: (User & Stored) | null,
    isRight: boolean,
  ): Promise<void> {
    const reason: LoginFailure = user === null ? 'unknown name' : isRight ? 'disabled' : 'wrong password';
    const actor =
      user === null
        ? nameless(login.username)
        : ({ id: user.id, kind: 'user', name: user.username } as const);
    await records.failed(actor, reason, login);
  }

  async function find(login: PasswordLogin): Promise<User & Stored> {
    const { username, password, address } = login;
    if (username.length > MAX_USERNAME_LENGTH || password.length > MAX_PASSWORD_LENGTH) throw wrongPassword();
    limiter.check(login);
    const key = verified.keyOf(username, password);
    const known = verified.find(key);
    if (known !== undefined) {
      const user = await getUser(facts, known.userId);
      if (user !== null && !user.disabled && user.passwordHash === known.passwordHash) return user;
    }
    const attemptKey = `${key} ${address}`;
    const attempt = underWay.get(attemptKey) ?? verify(login, key).finally(() => underWay.delete(attemptKey));
    underWay.set(attemptKey, attempt);
    return attempt;
  }

  return {
    async signIn(login) {
      const user = await find(login);
      await lastUses.note(user.id);
      return user;
    },
  };
}

function wrongPassword(): ServiceError {
  return new ServiceError('UNAUTHORIZED', 'the user name or the password is wrong');
}
