import type { Principal } from '@berth/contracts';
import { retryConflict, type Stored } from '@berth/document-store';
import type { AccessKey } from '../documents/access-key.ts';
import { withVersion } from '../documents/with-version.ts';
import { accessEvent, type Origin } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { requireUserActor } from '../users/require-user-actor.ts';
import { ownerIdOf, requireKey } from './find-key.ts';

type KeyChange = Pick<AccessKey, 'description' | 'enabled'>;

/** Describes, enables or disables a key. ServiceError KEY_NOT_FOUND; DENIED for a key that enables one. */
export async function updateKey(
  facts: Facts,
  update: {
    readonly id: string;
    readonly principal: Principal;
    readonly patch: (current: KeyChange) => Promise<KeyChange>;
    readonly origin: Origin;
    readonly requireVersion: (version: number) => void;
  },
): Promise<AccessKey & Stored> {
  const { id, principal, patch, origin, requireVersion } = update;
  return await retryConflict(`access key "${id}"`, async () => {
    const key = await requireKey(facts, { id, ownerId: await ownerIdOf(facts, principal) });
    requireVersion(key.version);
    const { description, enabled } = await patch({ description: key.description, enabled: key.enabled });
    const changes = [
      ...(description === key.description ? [] : ['description']),
      ...(enabled === key.enabled ? [] : ['enabled']),
    ];
    if (changes.length === 0) return key;
    if (enabled && !key.enabled) requireUserActor(principal, 'access keys are enabled');
    const next: AccessKey & Stored = { ...key, description, enabled, updatedAt: timestamp(facts) };
    const updated = accessEvent(facts, {
      type: 'access.updated',
      object: { kind: 'key', id, name: id },
      changes,
      origin,
    });
    return withVersion(next, await facts.accessKeys.replace(next, updated));
  });
}
