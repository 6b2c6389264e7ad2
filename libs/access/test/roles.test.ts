import type { ManagementAction, PrincipalKind, Role } from '@berth/contracts';
import { describe, expect, test } from '@jest/globals';
import {
  accessAllows,
  actionsAllowed,
  type Grant,
  type Holder,
  leastRoleFor,
  type RegistryAction,
  type RepositoryAction,
  ROLES,
  rolesAllow,
  rolesFor,
} from '../index.ts';

describe('what a role allows on a repository', () => {
  test.each<[readonly Role[], string, string]>([
    [['admin'], '*', 'pull,push,delete'],
    [['maintainer'], '*', 'pull,push,delete'],
    [['developer'], '*', 'pull,push'],
    [['uploader'], '*', 'push'],
    [['viewer'], '*', 'pull'],
    [[], '*', ''],
    [['uploader', 'viewer'], '*', 'pull,push'],
    [['developer'], 'delete', ''],
    [['developer'], 'push', 'push'],
    [['maintainer'], 'delete,pull', 'pull,delete'],
    [['maintainer'], 'fly', ''],
    [['maintainer'], '', ''],
  ])('%j asking for "%s" gets "%s"', (roles, asked, granted) => {
    expect(actionsAllowed(roles, asked.split(',')).join()).toBe(granted);
  });

  test.each<[readonly Role[], string]>([
    [[], 'pull'],
    [['uploader'], 'pull,push'],
    [['developer'], 'pull,push'],
  ])('%j in a public registry gets "%s"', (roles, granted) => {
    expect(actionsAllowed(roles, ['*'], { isPublic: true }).join()).toBe(granted);
  });

  test.each<[RepositoryAction | 'pullOrPush' | RepositoryAction[], Role]>([
    ['pull', 'viewer'],
    ['push', 'uploader'],
    ['delete', 'maintainer'],
    ['pullOrPush', 'viewer'],
    [['pull', 'push'], 'developer'],
    [['pull', 'delete'], 'maintainer'],
  ])('%j needs at least %s', (action, role) => {
    expect(leastRoleFor(action)).toBe(role);
  });
});

describe('what a role allows in the management API', () => {
  const ranked: readonly ManagementAction[] = ['viewer', 'uploader', 'developer', 'maintainer', 'admin'];

  test.each(ROLES.map((role, rank) => [role, ranked.slice(0, rank + 1)] as const))(
    '%s: %j',
    (role, allowed) => {
      expect(ranked.filter((action) => rolesAllow([role], action))).toEqual(allowed);
    },
  );

  test('without a role only what is public or for anyone signed in', () => {
    expect(ranked.filter((action) => rolesAllow([], action))).toEqual([]);
    expect(rolesAllow([], 'public') && rolesAllow([], 'signedIn')).toBe(true);
  });
});

describe('the roles of a holder', () => {
  const grants: readonly Grant[] = [
    { subject: 'user:u1', registryId: 'r1', role: 'developer' },
    { subject: 'user:u1', registryId: '*', role: 'viewer' },
    { subject: 'user:u2', registryId: 'r1', role: 'admin' },
    { subject: 'user:u2', registryId: '*', role: 'admin' },
    { subject: 'robot:b1', registryId: 'r1', role: 'uploader' },
    { subject: 'robot:b1', registryId: '*', role: 'maintainer' },
    { subject: 'robot:b1', registryId: 'r2', role: 'admin' },
    { subject: 'group:g1', registryId: 'r2', role: 'maintainer' },
  ];
  const holder = (kind: PrincipalKind, id: string, more: Partial<Holder> = {}): Holder => ({
    kind,
    id,
    isAdmin: false,
    ...more,
  });

  test.each<[string, Holder, string | null, string]>([
    ['a user has its grants and those for all', holder('user', 'u1'), 'r1', 'developer,viewer'],
    ['elsewhere only those for all', holder('user', 'u1'), 'r2', 'viewer'],
    ['for the system only those for all', holder('user', 'u1'), null, 'viewer'],
    ['groups count', holder('user', 'u1', { groups: ['g1'] }), 'r2', 'viewer,maintainer'],
    ['a key holds what its owner holds', holder('key', 'k1', { ownerId: 'u1' }), 'r1', 'developer,viewer'],
    [
      "a key has its owner's groups",
      holder('key', 'k1', { ownerId: 'u9', groups: ['g1'] }),
      'r2',
      'maintainer',
    ],
    ['a key named like a user is not that user', holder('key', 'u1', { ownerId: 'u9' }), 'r1', ''],
    ['a key without a known owner has nothing', holder('key', 'u1'), 'r1', ''],
    ['a robot has its own', holder('robot', 'b1'), 'r1', 'uploader'],
    ['a robot has nothing elsewhere', holder('robot', 'b1'), 'r3', ''],
    ['a robot named like a user is not that user', holder('robot', 'u1'), 'r1', ''],
    ['no grant makes an administrator', holder('user', 'u2'), 'r1', ''],
    ['no grant makes an administrator of the system', holder('user', 'u2'), null, ''],
    ['nor a robot one', holder('robot', 'b1', { isAdmin: true }), 'r2', ''],
    ['an administrator is one everywhere', holder('user', 'u3', { isAdmin: true }), 'r9', 'admin'],
    ['and so is their key', holder('key', 'k3', { isAdmin: true, ownerId: 'u3' }), null, 'admin'],
    ['nobody has nothing', holder('anonymous', 'u1', { isAdmin: true }), 'r1', ''],
    ['a service has nothing', holder('service', 'u1', { isAdmin: true }), 'r1', ''],
  ])('%s', (_name, who, registryId, roles) => {
    const registry = registryId === null ? null : { id: registryId };
    expect(rolesFor(who, grants, registry).join()).toBe(roles);
  });
});

describe('granted scopes', () => {
  const pull = { type: 'repository', name: 'acme/web', actions: ['pull'] };
  const push = { type: 'repository', name: 'acme/web', actions: ['push'] };
  const catalog = { type: 'registry', name: 'catalog', actions: ['*'] };

  test.each<[RegistryAction, boolean, boolean, boolean]>([
    // with pull, with push, with the catalog
    ['pull', true, false, false],
    ['push', false, true, false],
    ['delete', false, false, false],
    ['pullOrPush', true, true, false],
    ['catalog', false, false, true],
    ['login', true, true, true],
    ['public', true, true, true],
  ])('%s is allowed by pull %s, by push %s, by the catalog %s', (action, byPull, byPush, byCatalog) => {
    expect(accessAllows([pull], 'acme/web', action)).toBe(byPull);
    expect(accessAllows([push], 'acme/web', action)).toBe(byPush);
    expect(accessAllows([catalog], 'acme/web', action)).toBe(byCatalog);
  });

  test('are good for their own repository only', () => {
    expect(accessAllows([pull, push], 'acme/web2', 'pullOrPush')).toBe(false);
    expect(accessAllows([{ ...catalog, name: 'acme/web' }], 'acme/web', 'pull')).toBe(false);
  });
});
