import { type Principal, ServiceError } from '@berth/contracts';
import { type Collection, isStoreError, type Stored } from '@berth/document-store';
import type { Clock, Logger } from '@berth/runtime';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import type { Session } from '../documents/session.ts';
import type { User } from '../documents/user.ts';
import type { Authenticator } from './authenticate.ts';
import { removeSessionsOf } from './end-session.ts';

export interface PasswordChange {
  readonly principal: Principal;
  readonly currentPassword: string;
  readonly password: string;
  readonly address: string | undefined;
  /** Held against the version that is changed; throws when it is not the one that was meant. */
  readonly requireVersion: (version: number) => void;
}

export interface ChangePasswordParts {
  readonly users: Collection<User>;
  readonly sessions: Collection<Session>;
  readonly authenticator: Authenticator;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Changes one's own password, which ends all sessions of the user in the same write. ServiceError DENIED for a wrong
 * current password and for who has none (keys, robots), TOO_MANY_REQUESTS, VERSION_CONFLICT.
 */
export async function changePassword(
  parts: ChangePasswordParts,
  change: PasswordChange,
): Promise<User & Stored> {
  const { users, sessions, authenticator, hasher, clock, logger } = parts;
  const { principal, currentPassword, address } = change;
  if (principal.kind !== 'user') {
    throw new ServiceError(
      'DENIED',
      `only users have a password; "${principal.name}" is a ${principal.kind}`,
    );
  }
  const user = await authenticator
    .signIn({ username: principal.name, password: currentPassword, address })
    .catch((error: unknown) => {
      throw error instanceof ServiceError && error.code === 'UNAUTHORIZED'
        ? new ServiceError('DENIED', 'the current password is wrong', { cause: error })
        : error;
    });
  change.requireVersion(user.version);
  const passwordHash = await hasher.hash(change.password);
  const changed = await replace(users, {
    ...user,
    passwordHash,
    credentialEpoch: user.credentialEpoch + 1,
    updatedAt: new Date(clock()).toISOString(),
  });
  await removeSessionsOf(sessions, user.id).catch((error: unknown) => {
    logger.warn('ended sessions stay stored until they expire', { userId: user.id, error });
  });
  return changed;
}

async function replace(users: Collection<User>, user: User & Stored): Promise<User & Stored> {
  try {
    return await users.replace(user);
  } catch (cause) {
    if (!isStoreError(cause, 'VERSION_CONFLICT')) throw cause;
    throw new ServiceError(
      'VERSION_CONFLICT',
      `user "${user.username}" was changed at the same time; try again`,
      {
        cause,
      },
    );
  }
}
