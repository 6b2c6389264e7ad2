import { join } from 'node:path';
import { isServiceError } from '@berth/contracts';
import { type DocumentStore, isStoreError, openDocumentStore } from '@berth/document-store';
import { silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPasswordHasher } from '../credentials/password-hasher.ts';
import { type Facts, openFacts, type Step } from '../facts.ts';
import { createUser } from '../users/create-user.ts';
import { deleteUser } from '../users/delete-user.ts';
import { getUser } from '../users/find-account.ts';
import { updateUser } from '../users/update-user.ts';

const hasher = createPasswordHasher({ logCost: 4 });
const origin = { actor: { id: 'test', kind: 'user', name: 'test' }, via: 'api' } as const;

let store: DocumentStore;
let now: number;
let ids: Record<string, string>;

beforeEach(async () => {
  store = await openDocumentStore({ url: `sqlite:${join(await temporaryFolder(), 'auth.db')}` });
  now = 1_800_000_000_000;
  ids = {};
  for (const username of ['ann', 'ben']) {
    const user = { username, password: 'some password', admin: true };
    ids[username] = (await createUser(aCopy(), hasher, { user, origin })).id;
  }
});
afterEach(() => store.close());

/** One of several copies of the service on the same store. */
function aCopy(step: (step: Step) => Promise<void> = async () => {}): Facts {
  let count = 0;
  const copy = Math.random();
  const directory = { lookup: async () => [], lookupIds: async () => [] };
  const newId = () => `${copy}-${++count}`;
  return openFacts({ store, directory, clock: () => now, newId, logger: silentLogger, step });
}

const change = (username: string, settings: object) => (facts: Facts) =>
  updateUser(facts, hasher, {
    username,
    patch: async (current) => ({ ...current, ...settings }),
    origin,
    requireVersion: () => {},
  });
const demote = (username: string) => change(username, { admin: false });
const remove = (username: string) => (facts: Facts) =>
  deleteUser(facts, { username, origin, requireVersion: () => {} });

const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (isServiceError(error) || isStoreError(error) ? error.code : String(error)),
  );
async function administrators(): Promise<string[]> {
  const { items } = await aCopy().accounts.page({ index: 'byAdmin', equals: { admin: true }, limit: 10 });
  return items.flatMap((user) => (user.kind === 'user' && !user.disabled ? [user.username] : []));
}

const WAYS: [string, (username: string) => (facts: Facts) => Promise<unknown>][] = [
  ['demoted', demote],
  ['disabled', (username) => change(username, { disabled: true })],
  ['deleted', remove],
];

describe('the last enabled administrator', () => {
  test.each(WAYS)('is not %s', async (_way, leave) => {
    expect(await outcomeOf(leave('ann')(aCopy()))).toBe('done');
    expect(await outcomeOf(leave('ben')(aCopy()))).toBe('LAST_ADMIN');
    expect(await administrators()).toEqual(['ben']);
    expect(await getUser(aCopy(), ids.ben ?? '')).not.toHaveProperty('retiringUntil');
    expect(await outcomeOf(change('ben', { groups: ['ops'] })(aCopy()))).toBe('done');
  });

  test.each(WAYS)('stays when two are %s at once in one copy: exactly one goes', async (_way, leave) => {
    const facts = aCopy();
    const outcomes = await Promise.all(['ann', 'ben'].map((name) => outcomeOf(leave(name)(facts))));
    expect(outcomes.toSorted()).toEqual(['LAST_ADMIN', 'done']);
    expect(await administrators()).toHaveLength(1);
  });

  test.each(WAYS)(
    'stays when two are %s at once in two copies, both marked before either looks',
    async (_way, leave) => {
      let waiting = 0;
      const both = Promise.withResolvers<void>();
      const meet = async () => {
        if (++waiting === 2) both.resolve();
        await both.promise;
      };
      const outcomes = await Promise.all(['ann', 'ben'].map((name) => outcomeOf(leave(name)(aCopy(meet)))));
      expect(outcomes).toEqual(['LAST_ADMIN', 'LAST_ADMIN']);
      expect(await administrators()).toEqual(['ann', 'ben']);
    },
  );

  test('is not held up for ever by a copy that died in the middle, which then loses if it lives after all', async () => {
    const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = outcomeOf(
      demote('ann')(
        aCopy(async () => {
          reached.resolve();
          await goOn.promise;
        }),
      ),
    );
    await reached.promise;
    expect(await outcomeOf(demote('ben')(aCopy()))).toBe('LAST_ADMIN');
    now += 30_000;
    expect(await outcomeOf(demote('ben')(aCopy()))).toBe('done');
    goOn.resolve();
    expect(await slow).toBe('LAST_ADMIN');
    expect(await administrators()).toEqual(['ann']);
  });
});
