import { type Grant, type Holder, type Subject, subjectsOf } from '@berth/access';
import type { Principal } from '@berth/contracts';
import type { Page, Stored } from '@berth/document-store';
import type { RoleGrant } from '../documents/grant.ts';
import type { Facts } from '../facts.ts';
import { problemOf } from '../logins/secret-login.ts';
import { getRobot, getUser } from '../users/find-account.ts';

/** A grant with its id; one without is the own role of a robot. */
export interface HeldGrant extends Grant {
  readonly id?: string;
}

/** What decides about the roles of somebody. */
export interface Holdings {
  readonly holder: Holder;
  readonly grants: readonly HeldGrant[];
}

/** Who somebody is and what they hold, as it is now. */
export interface HoldingsSource {
  holdingsOf(principal: Principal): Promise<Holdings>;
}

const PAGE = 1_000;

/**
 * Reads the account anew (for a key, the key and its owner), then the grants: one indexed read for each subject, of
 * which there is one and one more per group. Who has been disabled, deleted or has expired holds nothing; administrators
 * need no grants, and none are read for them.
 */
export function createHoldingsSource(
  facts: Pick<Facts, 'accounts' | 'accessKeys' | 'grants' | 'clock'>,
): HoldingsSource {
  async function holderOf(principal: Principal): Promise<Holder & { readonly own?: HeldGrant }> {
    const { id, kind } = principal;
    switch (kind) {
      case 'user':
        return await userHolder(id, { id, kind });
      case 'key': {
        const key = await facts.accessKeys.get(id);
        if (key === null || problemOf(key, { what: id, now: facts.clock() }) !== undefined) break;
        return await userHolder(key.ownerId, { id, kind, ownerId: key.ownerId });
      }
      case 'robot': {
        const robot = await getRobot(facts, id);
        if (robot === null || problemOf(robot, { what: id, now: facts.clock() }) !== undefined) break;
        const { registryId, role } = robot;
        return { id, kind, isAdmin: false, own: { subject: `robot:${id}`, registryId, role } };
      }
    }
    return NOBODY;
  }

  async function userHolder(userId: string, holder: Omit<Holder, 'isAdmin' | 'groups'>): Promise<Holder> {
    const user = await getUser(facts, userId);
    if (user === null || user.disabled) return NOBODY;
    return { ...holder, isAdmin: user.admin, groups: user.groups };
  }

  return {
    async holdingsOf(principal) {
      const { own, ...holder } = await holderOf(principal);
      if (holder.isAdmin) return { holder, grants: [] };
      const held = await grantsOf(facts, subjectsOf(holder));
      return { holder, grants: own === undefined ? held : [own, ...held] };
    },
  };
}

const NOBODY: Holder = { kind: 'anonymous', id: 'anonymous', isAdmin: false };

/** The grants of these subjects, in all registries. */
export async function grantsOf(
  { grants }: Pick<Facts, 'grants'>,
  subjects: readonly Subject[],
): Promise<HeldGrant[]> {
  return (await Promise.all(subjects.map((subject) => grantsOfOne(grants, subject)))).flat();
}

async function grantsOfOne(grants: Facts['grants'], subject: Subject): Promise<HeldGrant[]> {
  const held: HeldGrant[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<RoleGrant & Stored> = await grants.page({
      index: 'bySubject',
      equals: { subject },
      limit: PAGE,
      ...(after !== null && { after }),
    });
    for (const { id, registryId, role } of page.items) held.push({ id, subject, registryId, role });
    if (page.next === null) return held;
    after = page.next;
  }
}
