import { join } from 'node:path';
import { ServiceError } from '@berth/contracts';
import { type DocumentStore, openDocumentStore } from '@berth/document-store';
import { silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLoginLimiter } from '../credentials/login-limiter.ts';
import { createPasswordHasher, type PasswordHasher } from '../credentials/password-hasher.ts';
import { createVerifiedPasswords } from '../credentials/verified-passwords.ts';
import { type Facts, openFacts } from '../facts.ts';
import { createLastUses } from '../logins/last-uses.ts';
import { createLoginRecords } from '../logins/login-records.ts';
import { createPasswordLogins, type PasswordLogin, type PasswordLogins } from '../logins/password-login.ts';
import { createFirstUser } from '../users/create-first-user.ts';
import { getUser } from '../users/find-account.ts';

const PASSWORD = 'correct horse battery';
const RIGHT = { username: 'admin', password: PASSWORD, address: '192.0.2.1', via: 'api' } as const;

let store: DocumentStore;
let now: number;
/** What the hasher was asked to verify, in order. */
let verifications: (string | undefined)[];
let beforeVerify: () => Promise<void>;
let facts: Facts;
let passwords: PasswordLogins;

beforeEach(async () => {
  store = await openDocumentStore({ url: `sqlite:${join(await temporaryFolder(), 'auth.db')}` });
  now = 1_800_000_000_000;
  verifications = [];
  beforeVerify = async () => {};
  const hasher = createPasswordHasher({ logCost: 4 });
  const counting: PasswordHasher = {
    hash: hasher.hash,
    async verify(password, stored) {
      verifications.push(stored);
      await beforeVerify();
      return hasher.verify(password, stored);
    },
  };
  const clock = () => now;
  let count = 0;
  facts = openFacts({
    store,
    directory: { lookup: async () => [], lookupIds: async () => [] },
    clock,
    newId: () => `id${++count}`,
    logger: silentLogger,
  });
  passwords = createPasswordLogins({
    facts,
    hasher: counting,
    limiter: createLoginLimiter({ clock }),
    verified: createVerifiedPasswords({ clock, lifetimeMs: 5_000 }),
    records: createLoginRecords(facts),
    lastUses: createLastUses(facts),
  });
  await createFirstUser(facts, hasher, PASSWORD);
});
afterEach(() => store.close());

const signIn = (login: Partial<PasswordLogin> = {}) =>
  passwords.signIn({ ...RIGHT, ...login }).then(
    (user) => user.username,
    (error: unknown) => (error instanceof ServiceError ? error.code : error),
  );

describe('a password login', () => {
  test('costs one scrypt for as long as it is remembered, also when many come at once', async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => signIn()))).toEqual(Array(50).fill('admin'));
    expect(await signIn()).toBe('admin');
    expect(verifications).toHaveLength(1);
    now += 5_000;
    expect(await signIn()).toBe('admin');
    expect(verifications).toHaveLength(2);
  });

  test('of an unknown user costs as much as that of a known one', async () => {
    expect(await signIn({ username: 'nobody' })).toBe('UNAUTHORIZED');
    expect(await signIn({ password: 'wrong' })).toBe('UNAUTHORIZED');
    expect(verifications).toEqual([undefined, expect.stringMatching(/^\$scrypt/)]);
  });

  test('holds no longer when somebody else, such as another copy, changes the user', async () => {
    expect(await signIn()).toBe('admin');
    const own = facts.accounts;
    const user = await getUser(facts, 'id1');
    if (user === null) throw new Error('there is no user');
    const { version } = await own.replace({ ...user, disabled: true });
    expect(await signIn()).toBe('UNAUTHORIZED');
    const passwordHash = await createPasswordHasher({ logCost: 4 }).hash('another password');
    await own.replace({ ...user, version, passwordHash });
    expect(await signIn()).toBe('UNAUTHORIZED');
    expect(await signIn({ password: 'another password' })).toBe('admin');
  });

  test('that was remembered is refused like any other while guesses are limited: it would tell a right guess', async () => {
    expect(await signIn()).toBe('admin');
    for (let i = 0; i < 10; i++) expect(await signIn({ password: `guess ${i}` })).toBe('UNAUTHORIZED');
    expect(await signIn()).toBe('TOO_MANY_REQUESTS');
    expect(await signIn({ address: '192.0.2.2' })).toBe('admin');
    expect(verifications).toHaveLength(11);
  });

  test('twenty guesses at once are ten that are looked at', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => signIn({ password: `guess ${i}` })),
    );
    expect(guesses.filter((outcome) => outcome === 'UNAUTHORIZED')).toHaveLength(10);
    expect(guesses.filter((outcome) => outcome === 'TOO_MANY_REQUESTS')).toHaveLength(10);
    expect(verifications).toHaveLength(10);
  });

  test('that could not be looked at is no failed one', async () => {
    beforeVerify = () => Promise.reject(new ServiceError('TOO_MANY_REQUESTS', 'too many wait'));
    for (let i = 0; i < 12; i++) expect(await signIn()).toBe('TOO_MANY_REQUESTS');
    beforeVerify = async () => {};
    expect(await signIn()).toBe('admin');
  });

  test.each([
    ['a name', { username: 'a'.repeat(256) }],
    ['a password', { password: 'a'.repeat(4_097) }],
  ])('with %s beyond all bounds is refused without work', async (_name, login) => {
    expect(await signIn(login)).toBe('UNAUTHORIZED');
    expect(verifications).toEqual([]);
  });
});
