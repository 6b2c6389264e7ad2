import { MAX_ACCESS_KEYS, type Principal, ServiceError } from '@berth/contracts';
import { isStoreError, type Stored } from '@berth/document-store';
import { newKeyId } from '../credentials/key-id.ts';
import { newSecret, secretHash } from '../credentials/random-secret.ts';
import type { AccessKey } from '../documents/access-key.ts';
import { withVersion } from '../documents/with-version.ts';
import { accessEvent, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { removeQuietly } from '../remove-pages.ts';
import { getUser } from '../users/find-account.ts';
import { requireUserActor } from '../users/require-user-actor.ts';

export interface KeySettings {
  readonly description: string;
  /** RFC 3339, UTC; never, when missing. */
  readonly expiresAt?: string;
}

/**
 * Creates an access key of the user who asks; the secret is known this once. ServiceError KEY_LIMIT at the sixth; DENIED
 * for who is no user: a key that got into wrong hands must not make others that outlive it.
 */
export async function createKey(
  facts: Facts,
  creation: { readonly principal: Principal; readonly settings: KeySettings; readonly origin: Origin },
): Promise<{ readonly key: AccessKey & Stored; readonly secret: string }> {
  const { principal, settings, origin } = creation;
  requireUserActor(principal, 'access keys are made');
  const secret = newSecret('key');
  const key = await insertInFreeSlot(facts, {
    ownerId: principal.id,
    body: { ...settings, secretHash: secretHash(secret) },
    origin,
  });
  // Whoever deletes a user removes the keys that are there then.
  if ((await getUser(facts, principal.id)) === null) {
    await removeQuietly(facts.accessKeys, key);
    throw new ServiceError('UNAUTHORIZED', `user "${principal.name}" exists no more`);
  }
  return { key, secret };
}

async function insertInFreeSlot(
  facts: Facts,
  {
    ownerId,
    body,
    origin,
  }: {
    readonly ownerId: string;
    readonly body: Pick<AccessKey, 'description' | 'expiresAt' | 'secretHash'>;
    readonly origin: Origin;
  },
): Promise<AccessKey & Stored> {
  const { items } = await facts.accessKeys.page({
    index: 'byOwner',
    equals: { ownerId },
    limit: MAX_ACCESS_KEYS,
  });
  await facts.step('key-limit-read');
  const taken = new Set(items.map(({ slot }) => slot));
  const id = newKeyId();
  const now = timestamp(facts);
  const created = accessEvent(facts, {
    type: 'access.created',
    object: { kind: 'key', id, name: id },
    origin,
  });
  for (let slot = 1; slot <= MAX_ACCESS_KEYS; slot++) {
    if (taken.has(slot)) continue;
    const key: AccessKey = {
      ...body,
      ownerId,
      slot,
      enabled: true,
      createdAt: now,
      updatedAt: now,
      createdBy: origin.actor,
    };
    try {
      return withVersion(key, await facts.accessKeys.insert(id, key, created));
    } catch (error) {
      if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    }
  }
  throw new ServiceError(
    'KEY_LIMIT',
    `a user has at most ${MAX_ACCESS_KEYS} access keys; delete one that is not needed`,
    { detail: { limit: MAX_ACCESS_KEYS } },
  );
}
