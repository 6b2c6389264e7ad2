import type { ManagementAction, Role } from '@berth/contracts';

/** What a token can allow on a repository. */
export type RepositoryAction = 'pull' | 'push' | 'delete';

export const REPOSITORY_ACTIONS: readonly RepositoryAction[] = ['pull', 'push', 'delete'];

/** From the least to the most. */
export const ROLES: readonly Role[] = ['viewer', 'uploader', 'developer', 'maintainer', 'admin'];

/**
 * What each role allows on the repositories of its registry. An uploader lists and pushes, and gets no bytes: listing
 * is a matter of the management API (`rolesAllow`).
 */
export const ACTIONS_OF_ROLE: Readonly<Record<Role, readonly RepositoryAction[]>> = {
  admin: ['pull', 'push', 'delete'],
  maintainer: ['pull', 'push', 'delete'],
  developer: ['pull', 'push'],
  uploader: ['push'],
  viewer: ['pull'],
};

/**
 * Those of the requested actions that are held, in the order pull, push, delete; `*` asks for every one. A public
 * registry (`isPublic`) gives pull to everybody.
 */
export function actionsAllowed(
  roles: readonly Role[],
  requested: readonly string[],
  { isPublic = false }: { readonly isPublic?: boolean } = {},
): RepositoryAction[] {
  const everything = requested.includes('*');
  return REPOSITORY_ACTIONS.filter(
    (action) =>
      (everything || requested.includes(action)) &&
      ((isPublic && action === 'pull') || roles.some((role) => ACTIONS_OF_ROLE[role].includes(action))),
  );
}

/** The least role that allows all of these actions, for messages; `pullOrPush` is what HEAD needs. */
export function leastRoleFor(action: RepositoryAction | 'pullOrPush' | readonly RepositoryAction[]): Role {
  if (action === 'pullOrPush') return 'viewer';
  const wanted = typeof action === 'string' ? [action] : action;
  return ROLES.find((role) => wanted.every((one) => ACTIONS_OF_ROLE[role].includes(one))) ?? 'admin';
}

/**
 * May somebody with these roles do what a management route needs? `public` and `signedIn` are no matter of roles:
 * whoever has been authenticated may.
 */
export function rolesAllow(roles: readonly Role[], action: ManagementAction): boolean {
  if (action === 'public' || action === 'signedIn') return true;
  const least = ROLES.indexOf(action);
  return roles.some((role) => ROLES.indexOf(role) >= least);
}
