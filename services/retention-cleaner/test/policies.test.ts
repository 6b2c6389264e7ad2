import { join } from 'node:path';
import { MAX_CLEANUP_POLICIES } from '@berth/contracts';
import { type DocumentStore, openDocumentStore } from '@berth/document-store';
import { newId, silentLogger } from '@berth/runtime';
import { temporaryFolder } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nextTime } from '../policies/next-time.ts';
import { updatePolicy } from '../policies/update-policy.ts';
import { settingsOf } from '../policies/view-policy.ts';
import { openRecords, type Records } from '../records.ts';
import { makePolicy, ORIGIN } from './run-fixture.ts';

let store: DocumentStore;
let records: Records;
beforeEach(async () => {
  store = await openDocumentStore({ url: `sqlite:${join(await temporaryFolder(), 'cleaner.db')}` });
  records = openRecords({ store, clock: Date.now, newId, logger: silentLogger });
});
afterEach(() => store.close());

const many = (n: number) => ({
  name: `p${n}`,
  keep: [{ rule: 'latestPushed' as const, count: n + 1 }],
});
const eventTypes = async () =>
  (await store.outbox.unsent(100)).map(({ payload }) => JSON.parse(payload).type.replace('berth.', ''));

describe('a policy', () => {
  test('has a name of its own in its registry, and the other one is named', async () => {
    const { id } = await makePolicy(records);
    await expect(makePolicy(records, { untagged: true })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      detail: { existingId: id },
    });
  });

  test('says something else than the others, however it is written down', async () => {
    const keep = [{ rule: 'latestPushed', count: 3 } as const, { rule: 'always' } as const];
    const { id } = await makePolicy(records, { tags: { match: ['a', 'b'] }, keep });
    const tags = { match: ['b', 'a', 'b'], exclude: [] };
    const same = { name: 'other', tags, keep: [...keep.toReversed(), ...keep] };
    await expect(makePolicy(records, same)).rejects.toMatchObject({
      ...{ code: 'POLICY_EXISTS', detail: { existingId: id } },
      message: expect.stringContaining('"tidy"'),
    });
  });

  test('is one of fifteen at most, also when many are made at once', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: MAX_CLEANUP_POLICIES + 3 }, (_, n) => makePolicy(records, many(n))),
    );
    const refused = made.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual([
      'POLICY_LIMIT',
      'POLICY_LIMIT',
      'POLICY_LIMIT',
    ]);
  });

  test.each([
    { what: 'a broken glob', tags: { match: ['{'] }, code: 'GLOB_INVALID' },
    { what: 'no cron', schedule: 'soon', code: 'REQUEST_INVALID' },
    { what: 'seconds', schedule: '* * * * * *', code: 'REQUEST_INVALID' },
    { what: 'a nickname', schedule: '@daily', code: 'REQUEST_INVALID' },
    { what: 'a day that never comes', schedule: '0 0 31 2 *', code: 'REQUEST_INVALID' },
    { what: 'an offset', timeZone: '+02:00', code: 'REQUEST_INVALID' },
    { what: 'a time zone that is none', timeZone: 'Europe/Atlantis', code: 'REQUEST_INVALID' },
  ])('with $what is refused', async ({ code, what: _, ...settings }) => {
    await expect(makePolicy(records, settings)).rejects.toMatchObject({ code });
  });

  test('that is changed to the same stays as it is, and each change is told once', async () => {
    const policy = await makePolicy(records);
    const same = await updatePolicy(records, policy, { settings: settingsOf(policy), origin: ORIGIN });
    expect(same.version).toBe(policy.version);
    const settings = { ...settingsOf(policy), maxDeletedShare: 0.1 };
    await updatePolicy(records, policy, { settings, origin: ORIGIN });
    expect(await eventTypes()).toEqual(['cleanup.created', 'cleanup.updated']);
  });
});

test('a schedule is of its time zone, over the change of the clocks', () => {
  const berlin = { schedule: '30 3 * * *', timeZone: 'Europe/Berlin' };
  const next = (after: string) => new Date(nextTime(berlin, Date.parse(after))).toISOString();
  expect(next('2026-03-28T12:00:00Z')).toBe('2026-03-29T01:30:00.000Z');
  expect(next('2026-03-27T12:00:00Z')).toBe('2026-03-28T02:30:00.000Z');
});
