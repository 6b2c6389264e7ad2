import { ServiceError } from '@berth/contracts';
import { isStoreError, type Stored } from '@berth/document-store';
import type { User } from '../documents/account.ts';
import type { Facts } from '../facts.ts';

/** Longer than a retirement takes; who died in the middle of one is in the way for no longer. */
const RETIRING_MS = 30_000;

/**
 * Does something after which `user` is no enabled administrator any more, unless they are the last one: ServiceError
 * LAST_ADMIN. Of two that would leave none, at most one goes on, also in two copies and after a crash:
 *
 * 1. the user is marked as retiring, by version: administrator still, but not counted by others
 * 2. another enabled administrator is looked for who is not retiring; without one the mark is taken back
 * 3. `leave` writes by the version of the mark
 *
 * Whoever looks second sees the mark of the first. A mark lapses; it is taken away by version before its bearer counts
 * again, so that a slow `leave` fails with StoreError VERSION_CONFLICT.
 */
export async function retireAdministrator<T>(
  facts: Facts,
  user: User & Stored,
  leave: (marked: User & Stored) => Promise<T>,
): Promise<T> {
  return await facts.retirements.run(async () => {
    const marked = { ...user, retiringUntil: facts.clock() + RETIRING_MS };
    const { version } = await facts.accounts.replace(marked);
    await facts.step('administrator-retiring');
    if (!(await hasOtherAdministrator(facts, user.id))) {
      await facts.accounts.replace(unmarked({ ...marked, version }));
      throw new ServiceError(
        'LAST_ADMIN',
        `user "${user.username}" is the last enabled administrator: make another one first`,
      );
    }
    return await leave(unmarked({ ...marked, version }));
  });
}

export function isEnabledAdministrator(user: Pick<User, 'admin' | 'disabled'>): boolean {
  return user.admin && !user.disabled;
}

async function hasOtherAdministrator(facts: Facts, userId: string): Promise<boolean> {
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<Facts['accounts']['page']>> = await facts.accounts.page({
      index: 'byAdmin',
      equals: { admin: true },
      ...(after !== null && { after }),
      limit: 100,
    });
    for (const other of page.items) {
      if (other.kind !== 'user' || other.id === userId || other.disabled) continue;
      if (await counts(facts, other)) return true;
    }
    if (page.next === null) return false;
    after = page.next;
  }
}

async function counts(facts: Facts, other: User & Stored): Promise<boolean> {
  if (other.retiringUntil === undefined) return true;
  if (other.retiringUntil > facts.clock()) return false;
  try {
    await facts.accounts.replace(unmarked(other));
    return true;
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
    return false;
  }
}

function unmarked({ retiringUntil: _, ...user }: User & Stored): User & Stored {
  return user;
}
