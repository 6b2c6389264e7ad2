import type { Grant } from '@berth/access';
import { formatScope, parseScopes, subjectsOf } from '@berth/access';
import { ANONYMOUS, type Principal, ServiceError } from '@berth/contracts';
import { describe, expect, test } from '@jest/globals';
import type { RegistryFacts } from '../ports.ts';
import { createRegistryAccess } from '../roles/registry-access.ts';

const REGISTRIES: readonly RegistryFacts[] = [
  { id: 'r-acme', name: 'acme', visibility: 'private', state: 'active' },
  { id: 'r-open', name: 'open', visibility: 'public', state: 'active' },
  { id: 'r-gone', name: 'gone', visibility: 'public', state: 'deleting' },
];
const GRANTS: readonly Grant[] = [
  { subject: 'user:dev', registryId: 'r-acme', role: 'developer' },
  { subject: 'user:dev', registryId: 'r-gone', role: 'maintainer' },
  { subject: 'user:boss', registryId: 'r-acme', role: 'maintainer' },
  { subject: 'user:up', registryId: 'r-open', role: 'uploader' },
  { subject: 'user:all', registryId: '*', role: 'viewer' },
  { subject: 'robot:bot', registryId: 'r-acme', role: 'uploader' },
];

const admin: Principal = { id: 'u0', kind: 'user', name: 'admin', isAdmin: true };
const user = (id: string): Principal => ({ id, kind: 'user', name: id, isAdmin: false });
const robot: Principal = { id: 'bot', kind: 'robot', name: 'acme+bot', isAdmin: false };

const holdings = {
  holdingsOf: async (holder: Principal) => ({
    holder,
    grants: GRANTS.filter(({ subject }) => subjectsOf(holder).includes(subject)),
  }),
};
const asked: string[][] = [];
const access = createRegistryAccess({
  directory: {
    async lookup(names) {
      asked.push([...names]);
      return REGISTRIES.filter(({ name }) => names.includes(name));
    },
  },
  holdings,
});

describe('granted scopes', () => {
  test.each<[string, Principal, string, string]>([
    [
      'an administrator gets what is asked',
      admin,
      'repository:acme/web:push,pull',
      'repository:acme/web:pull,push',
    ],
    ['and everything for *', admin, 'repository:acme/web:*', 'repository:acme/web:pull,push,delete'],
    ['also of a registry that is missing', admin, 'repository:nope/web:pull', 'repository:nope/web:pull'],
    ['a developer pushes and pulls', user('dev'), 'repository:acme/web:*', 'repository:acme/web:pull,push'],
    ['and does not delete', user('dev'), 'repository:acme/web:delete', ''],
    [
      'a maintainer deletes',
      user('boss'),
      'repository:acme/a/b:delete,pull',
      'repository:acme/a/b:pull,delete',
    ],
    ['a robot uploads', robot, 'repository:acme/web:pull,push', 'repository:acme/web:push'],
    [
      'an uploader pulls where everybody does',
      user('up'),
      'repository:open/web:*',
      'repository:open/web:pull,push',
    ],
    ['a grant for all counts everywhere', user('all'), 'repository:acme/web:*', 'repository:acme/web:pull'],
    ['a stranger gets nothing', user('x'), 'repository:acme/web:pull', ''],
    ['but pulls what is public', user('x'), 'repository:open/web:pull,push', 'repository:open/web:pull'],
    ['so does anybody', ANONYMOUS, 'repository:open/web:pull', 'repository:open/web:pull'],
    ['nothing of a registry that is being deleted', user('dev'), 'repository:gone/web:pull', ''],
    ['nothing of a registry that is missing', user('dev'), 'repository:nope/web:pull', ''],
    [
      'nothing of a name that is no repository',
      user('dev'),
      'repository:acme:pull repository:/acme:pull',
      '',
    ],
    ['names with a host are other names', user('dev'), 'repository:acme:5000/acme/web:pull', ''],
    ['who is signed in gets the catalog', user('x'), 'registry:catalog:*', 'registry:catalog:*'],
    ['who is not does not', ANONYMOUS, 'registry:catalog:*', ''],
    ['other registry resources are nobody’s', admin, 'registry:other:*', ''],
    [
      'what is held comes without what is not',
      user('dev'),
      'repository:open/x:pull repository:nope/x:pull repository:acme/x:pull,push registry:catalog:*',
      'repository:open/x:pull repository:acme/x:pull,push registry:catalog:*',
    ],
  ])('%s', async (_name, principal, scopes, granted) => {
    const got = await access.grantScopes(principal, parseScopes([scopes]));
    expect(got.map(formatScope).join(' ')).toBe(granted);
  });

  test('ask for each registry once, and for none when none is needed', async () => {
    asked.length = 0;
    const scopes = parseScopes(['repository:acme/a:pull repository:acme/b:pull repository:open/c:pull']);
    await access.grantScopes(user('dev'), scopes);
    await access.grantScopes(user('dev'), parseScopes(['registry:catalog:*']));
    await access.grantScopes(user('dev'), []);
    await access.grantScopes(admin, scopes);
    expect(asked).toEqual([['acme', 'open']]);
  });

  test('are refused, not left out, while nobody can look up registries', async () => {
    const blind = createRegistryAccess({
      directory: { lookup: () => Promise.reject(new ServiceError('UNAVAILABLE', 'metadata is away')) },
      holdings,
    });
    await expect(
      blind.grantScopes(user('dev'), parseScopes(['repository:acme/a:pull'])),
    ).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
});

describe('roles and what may be seen', () => {
  test.each<[Principal, string | undefined, string[]]>([
    [admin, undefined, ['admin']],
    [admin, 'r-acme', ['admin']],
    [user('dev'), 'r-acme', ['developer']],
    [user('dev'), undefined, []],
    [user('all'), 'r-open', ['viewer']],
    [ANONYMOUS, 'r-open', []],
  ])('%j in %s: %j', async (principal, registryId, roles) => {
    expect(await access.effectiveRoles(principal, registryId)).toEqual(roles);
  });

  test.each<[Principal, boolean, string[]]>([
    [admin, true, []],
    [user('all'), true, []],
    [user('dev'), false, ['r-acme', 'r-gone']],
    [user('x'), false, []],
    [ANONYMOUS, false, []],
  ])('%j sees all: %s, else %j', async (principal, all, registryIds) => {
    expect(await access.visibleRegistries(principal)).toEqual({ all, registryIds });
  });
});
