import type { PrincipalKind, Role } from '@berth/contracts';

/** Whose grants count: `user:<id>`, `robot:<id>`, `group:<name>`. */
export type Subject = `${'user' | 'robot' | 'group'}:${string}`;

/** A role of a subject in one registry, by its id, or in all of them. */
export interface Grant {
  readonly subject: Subject;
  readonly registryId: string | '*';
  readonly role: Role;
}

/** What decides about somebody's roles. */
export interface Holder {
  readonly kind: PrincipalKind;
  readonly id: string;
  readonly isAdmin: boolean;
  /** The user that an access key belongs to: keys hold what their owner holds. */
  readonly ownerId?: string;
  /** Names of the groups that a user, or the owner of a key, is in. */
  readonly groups?: readonly string[];
}

/** The subjects whose grants a holder has; none for the anonymous. */
export function subjectsOf(holder: Holder): Subject[] {
  const groups = (holder.groups ?? []).map((group): Subject => `group:${group}`);
  switch (holder.kind) {
    case 'user':
      return [`user:${holder.id}`, ...groups];
    case 'key':
      return holder.ownerId === undefined ? [] : [`user:${holder.ownerId}`, ...groups];
    case 'robot':
      return [`robot:${holder.id}`];
    case 'anonymous':
    case 'service':
      return [];
  }
}

/**
 * The roles of a holder in a registry, or for the system when `registry` is null. A robot gets nothing from grants for
 * all registries. No grant makes an administrator: that is a property of users, which their keys share and robots lack.
 */
export function rolesFor(
  holder: Holder,
  grants: readonly Grant[],
  registry: { readonly id: string } | null,
): Role[] {
  const subjects = subjectsOf(holder);
  const roles = new Set<Role>();
  if (holder.isAdmin && (holder.kind === 'user' || holder.kind === 'key')) roles.add('admin');
  for (const grant of grants) {
    const isEverywhere = grant.registryId === '*' && holder.kind !== 'robot';
    const isHere = registry !== null && grant.registryId === registry.id;
    if (grant.role !== 'admin' && (isEverywhere || isHere) && subjects.includes(grant.subject)) {
      roles.add(grant.role);
    }
  }
  return [...roles];
}
