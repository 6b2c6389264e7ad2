import { silentLogger } from '@berth/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLoginRecords } from '../logins/login-records.ts';
import { type Api, apiOf } from './api.ts';
import { basic, type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;
let count = 0;
let name: string;

beforeAll(async () => {
  fixture = await startFixture();
  api = apiOf(fixture);
});
afterAll(() => fixture.stop());
beforeEach(() => {
  name = `user${++count}`;
});

const AUDIT = '/audit';

describe('logins', () => {
  const logins = async () => (await api.get(`${AUDIT}?actor=${name}`)).body.items;

  test('by session and docker login are recorded, those that clients repeat once an hour', async () => {
    const as = await api.user(name);
    await api.post('/access/sessions', { username: name, password: `${name} password` });
    await fixture.get('/token?service=berth&offline_token=true', as);
    await fixture.get('/token?scope=repository:open/web:pull', as);
    const found = await logins();
    expect(found).toHaveLength(3);
    for (const entry of found)
      expect(entry).toMatchObject({
        action: 'access.loginSucceeded',
        outcome: 'success',
        object: { kind: 'user', name },
        address: '127.0.0.1',
      });
    for (let again = 0; again < 5; again++) await fixture.get('/token?scope=repository:open/web:pull', as);
    expect(await logins()).toHaveLength(3);
    fixture.advance(3_600_000);
    await fixture.get('/token?scope=repository:open/web:pull', as);
    expect(await logins()).toHaveLength(4);
  });

  test('that fail are recorded with the reason, and who they said they are', async () => {
    await api.user(name);
    await api.post('/access/sessions', { username: name, password: 'wrong password' });
    await fixture.get('/token', basic(name, 'other password'));
    const [second, first] = await logins();
    expect(first).toMatchObject({
      action: 'access.loginFailed',
      outcome: 'failure',
      object: { kind: 'user', name },
      detail: { via: 'api', reason: 'wrong password' },
    });
    expect(second).toMatchObject({ detail: { via: 'docker', reason: 'wrong password' } });
    await api.get('/access/me', { as: basic(`${name}-nobody`, 'a password') });
    const { items } = (await api.get(`${AUDIT}?actor=${name}-nobody&outcome=failure`)).body;
    expect(items).toMatchObject([{ actor: { kind: 'anonymous' }, detail: { reason: 'unknown name' } }]);
  });

  test('with something that can be no name, such as a password in the wrong field, do not keep it', async () => {
    await api.get('/access/me', { as: basic('My Secret Password!', 'x') });
    const { items } = (await api.get(`${AUDIT}?actor=anonymous&limit=1`)).body;
    expect(items).toMatchObject([{ action: 'access.loginFailed', actor: { name: 'anonymous' } }]);
    expect(JSON.stringify((await api.get(`${AUDIT}?limit=500`)).body)).not.toContain('My Secret');
  });

  test('with the secret of a key or robot are recorded under its name, by the reason', async () => {
    const as = await api.user(name);
    const key = await api.key(as);
    await api.patch(`/access/keys/${key.id}`, { enabled: false }, { as });
    await api.get('/access/me', { as: key.as });
    const robot = await api.robot('acme', name, 'viewer', {
      expiresAt: new Date(fixture.now() + 1_000).toISOString(),
    });
    fixture.advance(1_000);
    await fixture.get('/token', robot.as);
    await fixture.get('/token', basic(`acme+${name}`, `berth_robot_${'a'.repeat(43)}`));
    const { auditLog } = fixture.service.facts;
    const failed = async (actorName: string) =>
      (await auditLog.page({ index: 'byActor', equals: { actorName }, descending: true, limit: 5 })).items
        .filter(({ outcome }) => outcome === 'failure')
        .map(({ actor, detail }) => `${actor.kind} ${actor.id} ${detail?.reason}`);
    expect(await failed(name)).toEqual([`key ${key.id} disabled`]);
    expect(await failed(`acme+${name}`)).toEqual([
      `robot ${robot.id} wrong secret`,
      `robot ${robot.id} expired`,
    ]);
    await api.grant(`user:${name}`, 'acme', 'maintainer');
    const seen = await api.get(`${AUDIT}?registry=acme&actor=${encodeURIComponent(`acme+${name}`)}`, { as });
    expect(seen.body.items).toMatchObject([{ registry: 'acme' }, { registry: 'acme' }]);
  });

  test('that fail are recorded a hundred times a minute at most, and never keep anybody out', async () => {
    const { accounts, auditLog } = fixture.service.facts;
    let now = 1_800_000_000_000;
    let ids = 0;
    const parts = {
      accounts,
      auditLog,
      clock: () => now,
      newId: () => `${name}-${++ids}`,
      logger: silentLogger,
    };
    const records = createLoginRecords(parts);
    const actor = { id: 'unknown', kind: 'anonymous', name: `flood-${name}` } as const;
    const flood = () =>
      Promise.all(
        Array.from({ length: 150 }, () =>
          records.failed(actor, 'unknown name', { address: undefined, via: 'api' }),
        ),
      );
    const recorded = async () =>
      (await auditLog.page({ index: 'byActor', equals: { actorName: actor.name }, limit: 500 })).items.length;
    await flood();
    expect(await recorded()).toBe(100);
    now += 60_000;
    await flood();
    expect(await recorded()).toBe(200);

    const broken = createLoginRecords({
      ...parts,
      auditLog: { ...auditLog, insert: () => Promise.reject(new Error('full')) },
    });
    await broken.succeeded({ ...actor, isAdmin: false }, { address: undefined, via: 'api' });
  });
});
