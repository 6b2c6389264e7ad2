import { type Principal, ServiceError } from '@berth/contracts';
import { isStoreError, type Stored } from '@berth/document-store';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import { requireAllowedPassword } from '../credentials/password-rule.ts';
import type { User } from '../documents/account.ts';
import { withVersion } from '../documents/with-version.ts';
import { accessEvent, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import type { PasswordLogin } from '../logins/password-login.ts';
import { endCredentialsOf } from '../sessions/end-credentials.ts';
import { requireUserActor } from './require-user-actor.ts';

export interface PasswordChange {
  readonly principal: Principal;
  readonly currentPassword: string;
  readonly password: string;
  readonly address: string | undefined;
  readonly origin: Origin;
  /** Held against the version that is changed; throws when it is not the one that was meant. */
  readonly requireVersion: (version: number) => void;
}

export interface ChangePasswordParts {
  readonly facts: Facts;
  readonly passwords: { signIn(login: PasswordLogin): Promise<User & Stored> };
  readonly hasher: PasswordHasher;
}

/**
 * Changes one's own password, which ends all sessions and refresh tokens of the user in the same write. ServiceError
 * DENIED for a wrong current password and for who has none (keys, robots), REQUEST_INVALID, TOO_MANY_REQUESTS,
 * VERSION_CONFLICT.
 */
export async function changePassword(
  { facts, passwords, hasher }: ChangePasswordParts,
  change: PasswordChange,
): Promise<User & Stored> {
  const { principal, currentPassword, address, origin } = change;
  requireUserActor(principal, 'passwords are changed');
  requireAllowedPassword(change.password);
  const user = await passwords
    .signIn({ username: principal.name, password: currentPassword, address, via: 'api' })
    .catch((error: unknown) => {
      throw error instanceof ServiceError && error.code === 'UNAUTHORIZED'
        ? new ServiceError('DENIED', 'the current password is wrong', { cause: error })
        : error;
    });
  change.requireVersion(user.version);
  const next: User & Stored = {
    ...user,
    passwordHash: await hasher.hash(change.password),
    credentialEpoch: user.credentialEpoch + 1,
    updatedAt: timestamp(facts),
  };
  const changed = await replace(facts, next, origin);
  await endCredentialsOf(facts, user.id);
  return changed;
}

async function replace(facts: Facts, user: User & Stored, origin: Origin): Promise<User & Stored> {
  const updated = accessEvent(facts, {
    type: 'access.updated',
    object: { kind: 'user', id: user.id, name: user.username },
    changes: ['password'],
    origin,
  });
  try {
    return withVersion(user, await facts.accounts.replace(user, updated));
  } catch (cause) {
    if (!isStoreError(cause, 'VERSION_CONFLICT')) throw cause;
    throw new ServiceError(
      'VERSION_CONFLICT',
      `user "${user.username}" was changed at the same time; try again`,
      { cause },
    );
  }
}
