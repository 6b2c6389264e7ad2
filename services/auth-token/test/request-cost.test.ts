import { join } from 'node:path';
import type { Credential } from '@berth/contracts';
import { type Collection, openDocumentStore } from '@berth/document-store';
import { silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { expect, test } from '@jest/globals';
import { createKey } from '../access-keys/create-key.ts';
import { createLoginLimiter } from '../credentials/login-limiter.ts';
import { createPasswordHasher } from '../credentials/password-hasher.ts';
import { createVerifiedPasswords } from '../credentials/verified-passwords.ts';
import { type Facts, openFacts } from '../facts.ts';
import { createGrant } from '../grants/create-grant.ts';
import { createAuthenticator } from '../logins/authenticate.ts';
import { createLastUses } from '../logins/last-uses.ts';
import { createLoginRecords } from '../logins/login-records.ts';
import { createPasswordLogins } from '../logins/password-login.ts';
import { createSecretLogins } from '../logins/secret-login.ts';
import { createRobot } from '../robots/create-robot.ts';
import { createHoldingsSource } from '../roles/holdings.ts';
import { createRegistryAccess } from '../roles/registry-access.ts';
import { openSession } from '../sessions/open-session.ts';
import { createUser } from '../users/create-user.ts';

const REGISTRY = { id: 'r-acme', name: 'acme', visibility: 'private', state: 'active' } as const;

/** A collection that counts what is asked of it. */
function counting<Body extends object>(
  collection: Collection<Body>,
  count: (what: string) => void,
): Collection<Body> {
  return new Proxy(collection, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        count(name === 'get' || name === 'getMany' || name === 'page' ? 'reads' : 'writes');
        return value.apply(target, args);
      };
    },
  });
}

test('Who asks and what they may costs a handful of indexed reads and no write', async () => {
  const store = await openDocumentStore({ url: `sqlite:${join(await temporaryFolder(), 'auth.db')}` });
  const clock = () => 1_800_000_000_000;
  let ids = 0;
  const directory = { lookup: async () => [REGISTRY], lookupIds: async () => [REGISTRY] };
  const plain = openFacts({ store, directory, clock, newId: () => `id${++ids}`, logger: silentLogger });
  const spent = { reads: 0, writes: 0 };
  const count = (what: string) => {
    spent[what as keyof typeof spent]++;
  };
  const facts: Facts = {
    ...plain,
    accounts: counting(plain.accounts, count),
    accessKeys: counting(plain.accessKeys, count),
    grants: counting(plain.grants, count),
    sessions: counting(plain.sessions, count),
    lastUses: counting(plain.lastUses, count),
    auditLog: counting(plain.auditLog, count),
  };
  const hasher = createPasswordHasher({ logCost: 4 });
  const limiter = createLoginLimiter({ clock });
  const [records, lastUses] = [createLoginRecords(facts), createLastUses(facts)];
  const verified = createVerifiedPasswords({ clock });
  const passwords = createPasswordLogins({ facts, hasher, limiter, verified, records, lastUses });
  const secrets = createSecretLogins({ facts, limiter, records, lastUses });
  const authenticator = createAuthenticator({ facts, passwords, secrets });
  const access = createRegistryAccess({ directory, holdings: createHoldingsSource(facts) });

  const origin = { actor: { id: 'test', kind: 'user', name: 'test' }, via: 'api' } as const;
  const user = { username: 'ann', password: 'some password', groups: ['ops'] };
  const ann = await createUser(plain, hasher, { user, origin });
  const principal = { id: ann.id, kind: 'user', name: 'ann', isAdmin: true } as const;
  for (const subject of ['user:ann', 'group:ops'])
    await createGrant(plain, { principal, subject, registry: REGISTRY, role: 'viewer', origin });
  const key = await createKey(plain, { principal, settings: { description: '' }, origin });
  const robot = await createRobot(plain, {
    registry: REGISTRY,
    robot: { name: 'ci', role: 'developer', description: '' },
    origin,
  });
  const login = { username: 'ann', password: 'some password', address: undefined, via: 'api' } as const;
  const session = await openSession({ facts, passwords, records }, login);

  const credentials: Record<string, Credential> = {
    password: { kind: 'basic', username: 'ann', password: 'some password' },
    session: { kind: 'session', token: session.token },
    key: { kind: 'basic', username: key.key.id, password: key.secret },
    robot: { kind: 'basic', username: 'acme+ci', password: robot.secret },
  };
  const costs: Record<string, string> = {};
  for (const [name, credential] of Object.entries(credentials)) {
    await authenticator.authenticate(credential, { address: undefined, via: 'api' });
    Object.assign(spent, { reads: 0, writes: 0 });
    const who = await authenticator.authenticate(credential, { address: undefined, via: 'api' });
    expect(await access.effectiveRoles(who, REGISTRY.id)).toHaveLength(1);
    costs[name] = `${spent.reads} reads, ${spent.writes} writes`;
  }
  await store.close();
  expect(costs).toEqual({
    // The account twice, the grants of the user and of the group.
    password: '4 reads, 0 writes',
    // And the session.
    session: '5 reads, 0 writes',
    // And the key, twice.
    key: '6 reads, 0 writes',
    // A robot is in no group.
    robot: '3 reads, 0 writes',
  });
});
