import type { Principal } from '@berth/contracts';
import { retryConflict, type Stored } from '@berth/document-store';
import { accessEvent, type Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { removePages } from '../remove-pages.ts';
import { ownerIdOf, requireKey } from './find-key.ts';

/** Deletes a key of the one who asks. ServiceError KEY_NOT_FOUND. */
export async function deleteKey(
  facts: Facts,
  deletion: {
    readonly id: string;
    readonly principal: Principal;
    readonly origin: Origin;
    readonly requireVersion: (version: number) => void;
  },
): Promise<void> {
  const { id, principal, origin, requireVersion } = deletion;
  await retryConflict(`access key "${id}"`, async () => {
    const key = await requireKey(facts, { id, ownerId: await ownerIdOf(facts, principal) });
    requireVersion(key.version);
    await facts.accessKeys.remove(key, keyDeleted(facts, key, origin));
  });
}

/** Removes all keys of a user. */
export async function removeKeysOf(facts: Facts, ownerId: string, origin: Origin): Promise<void> {
  await removePages(facts, {
    of: facts.accessKeys,
    query: { index: 'byOwner', equals: { ownerId } },
    optionsFor: async (keys) => keys.map((key) => keyDeleted(facts, key, origin)),
  });
}

function keyDeleted(facts: Facts, { id }: Stored, origin: Origin) {
  return accessEvent(facts, { type: 'access.deleted', object: { kind: 'key', id, name: id }, origin });
}
