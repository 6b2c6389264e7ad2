import type { UserPatch } from '@berth/contracts';
import { retryConflict, type Stored } from '@berth/document-store';
import type { Static } from '@sinclair/typebox';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import { requireAllowedPassword } from '../credentials/password-rule.ts';
import type { User } from '../documents/account.ts';
import { withVersion } from '../documents/with-version.ts';
import { accessEvent, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { endCredentialsOf } from '../sessions/end-credentials.ts';
import { requireUser } from './find-account.ts';
import { requireUserActor } from './require-user-actor.ts';
import { isEnabledAdministrator, retireAdministrator } from './retire-administrator.ts';

export type UserSettings = Static<typeof UserPatch>;

export interface UserUpdate {
  readonly username: string;
  /** What is to be, made of what is. */
  readonly patch: (current: UserSettings) => Promise<UserSettings>;
  readonly origin: Origin;
  /** Held against the version that is changed; throws when it is not the one that was meant. */
  readonly requireVersion: (version: number) => void;
}

/**
 * Changes a user. A new password, and being disabled, end sessions and refresh tokens in the same write. ServiceError
 * USER_NOT_FOUND, LAST_ADMIN, REQUEST_INVALID for a password that may be none, DENIED for a password or an administrator
 * made by who is no user.
 */
export async function updateUser(
  facts: Facts,
  hasher: PasswordHasher,
  update: UserUpdate,
): Promise<User & Stored> {
  const { username, origin } = update;
  return await retryConflict(`user "${username}"`, async () => {
    const user = await requireUser(facts, username);
    update.requireVersion(user.version);
    const { admin, disabled, groups } = user;
    const { password, ...settings } = await update.patch({ admin, disabled, groups });
    if (password !== undefined) requireMayBeSet(password, origin);
    if (settings.admin && !admin) requireUserActor(origin.actor, 'administrators are made');
    const changes = changesOf(user, { ...settings, password });
    if (changes.length === 0) return user;
    const endsCredentials = password !== undefined || (settings.disabled && !user.disabled);
    const next: User = {
      ...user,
      ...settings,
      ...(password !== undefined && { passwordHash: await hasher.hash(password) }),
      credentialEpoch: user.credentialEpoch + (endsCredentials ? 1 : 0),
      updatedAt: timestamp(facts),
    };
    const updated = await write(facts, { user, next, changes, origin });
    if (endsCredentials) await endCredentialsOf(facts, user.id);
    return updated;
  });
}

async function write(
  facts: Facts,
  change: { user: User & Stored; next: User; changes: readonly string[]; origin: Origin },
): Promise<User & Stored> {
  const { user, next, changes, origin } = change;
  const updated = accessEvent(facts, {
    type: 'access.updated',
    object: { kind: 'user', id: user.id, name: user.username },
    changes,
    origin,
  });
  const replace = async (at: Stored) =>
    withVersion(next, await facts.accounts.replace(withVersion(next, at), updated));
  const isRetiring = isEnabledAdministrator(user) && !isEnabledAdministrator(next);
  return isRetiring ? await retireAdministrator(facts, user, replace) : await replace(user);
}

function requireMayBeSet(password: string, { actor }: Origin): void {
  requireUserActor(actor, 'passwords are set');
  requireAllowedPassword(password);
}

function changesOf(
  user: User,
  settings: Omit<UserSettings, 'password'> & { readonly password: string | undefined },
): string[] {
  return [
    ...(settings.admin === user.admin ? [] : ['admin']),
    ...(settings.disabled === user.disabled ? [] : ['disabled']),
    ...(JSON.stringify(settings.groups) === JSON.stringify(user.groups) ? [] : ['groups']),
    ...(settings.password === undefined ? [] : ['password']),
  ];
}
