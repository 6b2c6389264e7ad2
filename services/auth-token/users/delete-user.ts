import { retryConflict, type Stored } from '@berth/document-store';
import { removeKeysOf } from '../access-keys/delete-key.ts';
import type { User } from '../documents/account.ts';
import { accessEvent, type Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { removeGrantsOf } from '../grants/remove-grants.ts';
import { endCredentialsOf } from '../sessions/end-credentials.ts';
import { requireUser } from './find-account.ts';
import { isEnabledAdministrator, retireAdministrator } from './retire-administrator.ts';

/**
 * Deletes a user, which ends all access in one write, and then what belonged to them. Whoever dies in between leaves
 * that to the event of the deletion (`consumers/follow-events.ts`). ServiceError USER_NOT_FOUND, LAST_ADMIN.
 */
export async function deleteUser(
  facts: Facts,
  deletion: {
    readonly username: string;
    readonly origin: Origin;
    readonly requireVersion: (version: number) => void;
  },
): Promise<void> {
  const { username, origin, requireVersion } = deletion;
  const user = await retryConflict(`user "${username}"`, async () => {
    const found = await requireUser(facts, username);
    requireVersion(found.version);
    const deleted = accessEvent(facts, {
      type: 'access.deleted',
      object: { kind: 'user', id: found.id, name: username },
      origin,
    });
    const remove = (at: User & Stored) => facts.accounts.remove(at, deleted);
    if (isEnabledAdministrator(found)) await retireAdministrator(facts, found, remove);
    else await remove(found);
    return found;
  });
  await facts.step('user-removed');
  await removeBelongings(facts, { id: user.id, name: username }, origin).catch((error: unknown) => {
    facts.logger.warn('what a deleted user leaves behind goes with the event of the deletion', {
      username,
      error,
    });
  });
}

/** What a user who exists no more leaves behind. May be done again. */
export async function removeBelongings(
  facts: Facts,
  user: { readonly id: string; readonly name: string },
  origin: Origin,
): Promise<void> {
  await removeKeysOf(facts, user.id, origin);
  await removeGrantsOf(facts, { subject: `user:${user.id}`, name: `user:${user.name}` }, origin);
  await endCredentialsOf(facts, user.id);
  const use = await facts.lastUses.get(user.id);
  if (use !== null) await facts.lastUses.remove(use, { relaxed: true }).catch(() => {});
}
