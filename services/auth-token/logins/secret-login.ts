import { type Actor, type Principal, ServiceError } from '@berth/contracts';
import { isKeyId } from '../credentials/key-id.ts';
import type { LoginLimiter } from '../credentials/login-limiter.ts';
import { fitsSecretHash } from '../credentials/random-secret.ts';
import type { Facts } from '../facts.ts';
import { findAccount, getUser, MAX_USERNAME_LENGTH } from '../users/find-account.ts';
import type { LastUses } from './last-uses.ts';
import { type LoginFailure, type LoginRecords, nameless } from './login-records.ts';
import type { PasswordLogin } from './password-login.ts';

export interface SecretLogins {
  /** Who signs in with a secret that has the form of a key's or a robot's. ServiceError UNAUTHORIZED, TOO_MANY_REQUESTS. */
  signIn(login: PasswordLogin, kind: 'key' | 'robot'): Promise<Principal>;
}

export interface SecretLoginParts {
  readonly facts: Pick<Facts, 'accounts' | 'accessKeys' | 'clock'>;
  readonly limiter: LoginLimiter;
  readonly records: LoginRecords;
  readonly lastUses: LastUses;
}

/** A credential as it was found. `problem` says why it is refused though the secret is right. */
interface Found {
  readonly principal: Principal;
  readonly secretHash: string;
  readonly problem?: { readonly reason: LoginFailure; readonly message: string } | undefined;
}

/**
 * Logins of access keys and robots. Their secrets cannot be guessed, so a right one is never refused for the failures of
 * others; and whoever shows the right one may know why it is refused.
 */
export function createSecretLogins(parts: SecretLoginParts): SecretLogins {
  const { facts, limiter, records, lastUses } = parts;

  async function findKey(id: string): Promise<Found | null> {
    const key = isKeyId(id) ? await facts.accessKeys.get(id) : null;
    const owner = key === null ? null : await getUser(facts, key.ownerId);
    if (key === null || owner === null) return null;
    return {
      principal: { id: key.id, kind: 'key', name: owner.username, isAdmin: owner.admin },
      secretHash: key.secretHash,
      problem: owner.disabled
        ? disabled(`the owner of access key "${id}"`)
        : problemOf(key, { what: `access key "${id}"`, now: facts.clock() }),
    };
  }

  async function findRobot(username: string): Promise<Found | null> {
    const robot = await findAccount(facts, username);
    if (robot?.kind !== 'robot') return null;
    return {
      principal: { id: robot.id, kind: 'robot', name: robot.username, isAdmin: false },
      secretHash: robot.secretHash,
      problem: problemOf(robot, { what: `robot "${username}"`, now: facts.clock() }),
    };
  }

  async function refuse(
    login: PasswordLogin,
    actor: Actor,
    why: NonNullable<Found['problem']>,
  ): Promise<never> {
    limiter.begin(login).end('wrong');
    await records.failed(actor, why.reason, login);
    throw new ServiceError('UNAUTHORIZED', why.message);
  }

  return {
    async signIn(login, kind) {
      const { username, password } = login;
      if (username.length > MAX_USERNAME_LENGTH) throw new ServiceError('UNAUTHORIZED', MESSAGE);
      const found = kind === 'key' ? await findKey(username) : await findRobot(username);
      const isRight = fitsSecretHash(password, found?.secretHash);
      if (found === null) return await refuse(login, nameless(username), WRONG_NAME);
      if (!isRight) return await refuse(login, found.principal, WRONG_SECRET);
      if (found.problem !== undefined) return await refuse(login, found.principal, found.problem);
      await lastUses.note(found.principal.id);
      return found.principal;
    },
  };
}

const MESSAGE = 'the name or the secret is wrong';
const WRONG_NAME = { reason: 'unknown name', message: MESSAGE } as const;
const WRONG_SECRET = { reason: 'wrong secret', message: MESSAGE } as const;

/** Why a key or robot may not be used now; undefined when it may. */
export function problemOf(
  credential: { readonly enabled: boolean; readonly expiresAt?: string },
  { what, now }: { readonly what: string; readonly now: number },
): Found['problem'] {
  if (!credential.enabled) return disabled(what);
  const { expiresAt } = credential;
  if (expiresAt === undefined || Date.parse(expiresAt) > now) return undefined;
  return { reason: 'expired', message: `${what} has expired at ${expiresAt}` };
}

function disabled(what: string): NonNullable<Found['problem']> {
  return { reason: 'disabled', message: `${what} is disabled` };
}
