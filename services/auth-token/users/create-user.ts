import { ServiceError, type UserCreation } from '@berth/contracts';
import { isStoreError, type Stored } from '@berth/document-store';
import { isKeyId } from '../credentials/key-id.ts';
import type { PasswordHasher } from '../credentials/password-hasher.ts';
import { requireAllowedPassword } from '../credentials/password-rule.ts';
import type { User } from '../documents/account.ts';
import { withVersion } from '../documents/with-version.ts';
import { accessEvent, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { requireUserActor } from './require-user-actor.ts';

/**
 * Creates a user. ServiceError NAME_TAKEN (detail {existingId}), also when a robot has the name; NAME_INVALID for a
 * name in the form of a key's id; REQUEST_INVALID for a password that may be none; DENIED for who is no user.
 */
export async function createUser(
  facts: Facts,
  hasher: PasswordHasher,
  { user, origin }: { readonly user: UserCreation; readonly origin: Origin },
): Promise<User & Stored> {
  const { username, password, admin = false, disabled = false, groups = [] } = user;
  requireUserActor(origin.actor, 'users are made');
  if (isKeyId(username))
    throw new ServiceError('NAME_INVALID', `user name "${username}" has the form of an access key's id`);
  requireAllowedPassword(password);
  const id = facts.newId();
  const now = timestamp(facts);
  const body: User = {
    kind: 'user',
    username,
    passwordHash: await hasher.hash(password),
    credentialEpoch: 1,
    admin,
    disabled,
    groups,
    createdAt: now,
    updatedAt: now,
    createdBy: origin.actor,
  };
  const created = accessEvent(facts, {
    type: 'access.created',
    object: { kind: 'user', id, name: username },
    origin,
  });
  try {
    return withVersion(body, await facts.accounts.insert(id, body, created));
  } catch (cause) {
    if (!isStoreError(cause, 'UNIQUE_TAKEN')) throw cause;
    throw nameTaken(username, cause.detail.id);
  }
}

export function nameTaken(username: string, existingId: unknown): ServiceError {
  return new ServiceError('NAME_TAKEN', `somebody signs in with the name "${username}" already`, {
    detail: { existingId },
  });
}
