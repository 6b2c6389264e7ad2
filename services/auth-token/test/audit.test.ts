import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pruneAudit } from '../audit/prune-audit.ts';
import { AUDITED_EVENTS } from '../audit/record-of-event.ts';
import { type Api, apiOf } from './api.ts';
import { type Fixture, startFixture } from './fixture.ts';
import { publishEvent, SOMEBODY } from './publish-event.ts';

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
const ACME = { id: 'r-acme', name: 'acme' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly time: string;
  readonly object: { readonly kind: string; readonly name: string; readonly id?: string };
}

/** The entries of a query once there are `least`. */
async function entries(query: Record<string, string>, least = 1): Promise<Entry[]> {
  return await waitUntil(async () => {
    const { items } = (await api.get(`${AUDIT}?${new URLSearchParams(query)}`)).body;
    return items.length >= least ? items : undefined;
  });
}

describe('the audit log', () => {
  test('tells who changed what in access, from where, and which fields', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.9' };
    await api.post('/access/users', { username: name, password: 'some password' }, { headers });
    await api.patch(`/access/users/${name}`, { groups: ['ops'], password: 'other password' });
    await api.delete(`/access/users/${name}`);
    const [deleted, updated, created] = await entries({ object: name }, 3);
    expect(created).toMatchObject({
      actor: { kind: 'user', name: 'admin' },
      action: 'access.created',
      object: { kind: 'user', name, id: expect.any(String) },
      registry: null,
      address: '192.0.2.9',
      outcome: 'success',
      detail: { via: 'api' },
    });
    expect(updated).toMatchObject({
      action: 'access.updated',
      address: '127.0.0.1',
      detail: { changes: ['groups', 'password'] },
    });
    expect(deleted).toMatchObject({ action: 'access.deleted', object: created?.object });
  });

  test('tells of keys, robots and grants, those that go with their user included', async () => {
    const as = await api.user(name);
    const key = await api.key(as);
    const robot = await api.robot('acme', name, 'developer');
    await api.grant(`user:${name}`, 'acme', 'viewer');
    await api.patch(`/access/robots/${robot.id}`, { enabled: false });
    await api.delete(`/access/users/${name}`);
    const actionsOn = async (object: string, least: number) =>
      (await entries({ object }, least)).map(({ action }) => action).toSorted();
    expect(await actionsOn(key.id, 2)).toEqual(['access.created', 'access.deleted']);
    expect(await actionsOn(`user:${name} viewer`, 2)).toEqual(['access.created', 'access.deleted']);
    expect(await actionsOn(`acme+${name}`, 2)).toEqual(['access.created', 'access.updated']);
    expect(await entries({ object: `acme+${name}` })).toMatchObject([
      { registry: 'acme' },
      { registry: 'acme' },
    ]);
    expect(await entries({ object: `user:${name} viewer` })).toMatchObject([
      { registry: 'acme' },
      { registry: 'acme' },
    ]);
  });

  test.each([
    [['visibility'], 'public'],
    [['description', 'visibility'], 'private'],
    [['tagNaming'], undefined],
  ] as const)('tells who changed %j of a registry, and whether it is %s now', async (changes, visibility) => {
    const registry = { id: `r-${name}`, name };
    const data = { changes: [...changes], ...(visibility !== undefined && { visibility }) };
    await publishEvent(fixture, { type: 'registry.updated', registry, data });
    const [entry] = await entries({ object: name, action: 'registry.updated' });
    expect(entry).toMatchObject({
      actor: SOMEBODY,
      address: '192.0.2.7',
      object: { kind: 'registry', name },
    });
    expect(entry).toHaveProperty('detail', { via: 'api', ...data });
  });

  test('tells whether a registry was public from its beginning', async () => {
    const registry = { id: `r-${name}`, name };
    await publishEvent(fixture, { type: 'registry.created', registry, data: { visibility: 'public' } });
    expect(await entries({ object: name })).toMatchObject([
      { actor: SOMEBODY, action: 'registry.created', detail: { visibility: 'public' } },
    ]);
  });

  test('is made of every type of event, once each however often it comes', async () => {
    const object = { kind: 'webhook', id: 'w1', name: `hook of ${name}` };
    const data = {
      image: 'web',
      digest: DIGEST,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      tag: '1.0',
      object,
      policy: { id: 'p1', name: 'nightly' },
      run: 'run1',
      state: 'partial',
      secret: 'must not be kept',
    };
    const sent: Record<string, string> = {};
    for (const type of AUDITED_EVENTS) {
      const id = await publishEvent(fixture, { type, registry: { id: `r-${name}`, name }, data });
      await publishEvent(fixture, { type, registry: { id: `r-${name}`, name }, data, id });
      sent[type] = id;
    }
    const { auditLog } = fixture.service.facts;
    for (const type of AUDITED_EVENTS) {
      const record = await waitUntil(() => auditLog.get(sent[type] ?? ''));
      expect(record).toMatchObject({ action: type, actor: SOMEBODY, registry: name, address: '192.0.2.7' });
      expect(JSON.stringify(record)).not.toContain('must not be kept');
    }
    const of = async (type: string) => await auditLog.get(sent[type] ?? '');
    expect(await of('artifact.pushed')).toMatchObject({
      object: { kind: 'artifact', name: `${name}/web:1.0`, id: DIGEST },
    });
    expect(await of('artifact.deleted')).toMatchObject({ object: { name: `${name}/web@${DIGEST}` } });
    expect(await of('artifact.purged')).toMatchObject({ object: { name: `${name}/web@${DIGEST}` } });
    expect(await of('cleanup.confirmed')).toMatchObject({
      object: { kind: 'cleanupRun', id: 'run1', name: 'nightly' },
      detail: { policyId: 'p1' },
    });
    expect(await of('tag.updated')).toMatchObject({
      object: { kind: 'tag', name: `${name}/web:1.0` },
      detail: { digest: DIGEST },
    });
    expect(await of('cleanup.completed')).toMatchObject({
      object: { kind: 'cleanupRun', id: 'run1' },
      outcome: 'failure',
    });
    expect(await of('webhook.created')).toMatchObject({ object });
    const { items } = await auditLog.page({
      index: 'byRegistry',
      equals: { registryId: `r-${name}` },
      limit: 500,
    });
    expect(items).toHaveLength(AUDITED_EVENTS.length);
  });

  test('is filtered by everything together and alone, newest first, and paged', async () => {
    const registry = { id: `r-${name}`, name };
    fixture.registries.push({ ...registry, visibility: 'private', state: 'active' });
    const start = Date.parse('2026-01-01T00:00:00Z');
    const timeOf = (i: number) => new Date(start + i * 60_000).toISOString();
    const { auditLog } = fixture.service.facts;
    for (let i = 0; i < 120; i++) {
      const kind = i % 3 === 0 ? 'failure' : 'success';
      await auditLog.insert(`${name}-${String(i).padStart(3, '0')}`, {
        time: timeOf(i),
        actor: { ...SOMEBODY, name: `actor${i % 2}-${name}` },
        actorName: `actor${i % 2}-${name}`,
        action: i % 4 === 0 ? 'tag.deleted' : 'tag.updated',
        object: { kind: 'tag', name: `${name}/web:${i % 5}` },
        objectName: `${name}/web:${i % 5}`,
        registry: name,
        registryId: registry.id,
        outcome: kind,
      });
    }
    const all = Array.from({ length: 120 }, (_, i) => i).toReversed();
    async function walk(filters: Record<string, string>, limit: number): Promise<number[]> {
      const seen: number[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const query = new URLSearchParams({
          ...filters,
          limit: String(limit),
          ...(after !== '' && { after }),
        });
        const { items, next } = (await api.get(`${AUDIT}?${query}`)).body;
        expect(items.length).toBeLessThanOrEqual(limit);
        seen.push(...items.map(({ id }: Entry) => Number(id.slice(-3))));
        after = next;
      }
      return seen;
    }
    expect(await walk({ registry: name }, 50)).toEqual(all);
    expect(await walk({ registry: name, actor: `actor0-${name}` }, 7)).toEqual(
      all.filter((i) => i % 2 === 0),
    );
    expect(await walk({ registry: name, action: 'tag.deleted' }, 7)).toEqual(all.filter((i) => i % 4 === 0));
    expect(await walk({ object: `${name}/web:3`, outcome: 'failure' }, 7)).toEqual(
      all.filter((i) => i % 5 === 3 && i % 3 === 0),
    );
    expect(await walk({ actor: `actor1-${name}`, action: 'tag.updated', outcome: 'success' }, 3)).toEqual(
      all.filter((i) => i % 2 === 1 && i % 4 !== 0 && i % 3 !== 0),
    );
    const between = { registry: name, since: timeOf(10), until: '2026-01-01T01:20:00+01:00' };
    expect(await walk(between, 50)).toEqual([19, 18, 17, 16, 15, 14, 13, 12, 11, 10]);
    expect(await walk({ ...between, actor: `actor0-${name}` }, 2)).toEqual([18, 16, 14, 12, 10]);
  });

  test.each(['since=yesterday', 'until=2026-01-01', 'outcome=maybe', 'colour=red', 'limit=0', 'after=x'])(
    'is not asked with %s',
    async (query) => {
      expect((await api.get(`${AUDIT}?${query}`)).status).toBe(400);
    },
  );

  test('is for administrators, and for maintainers as far as their registry goes', async () => {
    const as = await api.user(name);
    await api.grant(`user:${name}`, 'acme', 'maintainer');
    await publishEvent(fixture, { type: 'registry.updated', registry: ACME, id: `acme-${name}` });
    await publishEvent(fixture, {
      type: 'registry.updated',
      registry: { id: 'r-open', name: 'open' },
      id: `open-${name}`,
    });
    await waitUntil(async () => await fixture.service.facts.auditLog.get(`open-${name}`));
    await waitUntil(async () => await fixture.service.facts.auditLog.get(`acme-${name}`));
    const own = (await api.get(`${AUDIT}?registry=acme&limit=500`, { as })).body.items;
    expect(own.map(({ id }: Entry) => id)).toContain(`acme-${name}`);
    for (const entry of own) expect(entry.registry).toBe('acme');
    expect((await api.get(`${AUDIT}?registry=open`, { as })).status).toBe(403);
    expect((await api.get(AUDIT, { as })).status).toBe(403);
    expect((await api.get(AUDIT, { as: {} })).status).toBe(401);
    const viewer = await api.user(`${name}-viewer`);
    await api.grant(`user:${name}-viewer`, 'acme', 'viewer');
    expect((await api.get(`${AUDIT}?registry=acme`, { as: viewer })).status).toBe(403);
  });
});

test('What is older than the retention goes, in batches, and nothing else', async () => {
  const { facts } = fixture.service;
  const registryId = `r-${name}`;
  const record = (ageMs: number) => ({
    time: new Date(fixture.now() - ageMs).toISOString(),
    actor: SOMEBODY,
    actorName: SOMEBODY.name,
    action: 'registry.updated',
    object: { kind: 'registry', name },
    objectName: name,
    registryId,
    outcome: 'success' as const,
  });
  const old = Array.from({ length: 1_200 }, (_, i) =>
    facts.auditLog.write.insert(`${name}-old-${i}`, record(90_000_000 + i)),
  );
  await facts.store.writeMany([...old, facts.auditLog.write.insert(`${name}-young`, record(80_000_000))]);
  expect(await pruneAudit(facts, 86_400_000)).toBeGreaterThanOrEqual(1_200);
  const { items } = await facts.auditLog.page({ index: 'byRegistry', equals: { registryId }, limit: 10 });
  expect(items.map(({ id }) => id)).toEqual([`${name}-young`]);
});
