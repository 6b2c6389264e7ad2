import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Step } from '../facts.ts';
import { grantsOf } from '../roles/holdings.ts';
import { type Api, apiOf, grantedScope } from './api.ts';
import { type Fixture, startFixture } from './fixture.ts';

let fixture: Fixture;
let api: Api;
let count = 0;
let name: string;
let as: Record<string, string>;
let step: (step: Step) => Promise<void> = async () => {};

beforeAll(async () => {
  fixture = await startFixture({}, { step: (at) => step(at) });
  api = apiOf(fixture);
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  step = async () => {};
  name = `user${++count}`;
  as = await api.user(name);
});

const GRANTS = '/access/grants';

describe('a grant', () => {
  test('gives a role in a registry, by names, and takes it away', async () => {
    const created = await api.post(GRANTS, { subject: `user:${name}`, registry: 'acme', role: 'developer' });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.any(String),
      subject: `user:${name}`,
      registry: 'acme',
      role: 'developer',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      createdBy: { id: expect.any(String), kind: 'user', name: 'admin' },
    });
    const { id } = created.body;
    expect((await api.get(`${GRANTS}/${id}`)).body).toEqual(created.body);
    expect(await grantedScope(fixture, as, 'repository:acme/web:*')).toBe('repository:acme/web:pull,push');
    const wrong = { headers: { 'If-Match': '"1"' } };
    expect((await api.delete(`${GRANTS}/${id}`, wrong)).status).toBe(412);
    expect((await api.delete(`${GRANTS}/${id}`, { headers: { 'If-Match': created.etag } })).status).toBe(204);
    expect(await grantedScope(fixture, as, 'repository:acme/web:*')).toBe('');
    expect((await api.get(`${GRANTS}/${id}`)).body).toMatchObject({ status: 404, code: 'GRANT_NOT_FOUND' });
  });

  test('of a group is held by whoever is in it', async () => {
    await api.grant(`group:team-${name}`, 'acme', 'viewer');
    expect(await grantedScope(fixture, as, 'repository:acme/web:*')).toBe('');
    await api.patch(`/access/users/${name}`, { groups: [`team-${name}`] });
    expect(await grantedScope(fixture, as, 'repository:acme/web:*')).toBe('repository:acme/web:pull');
    await api.patch(`/access/users/${name}`, { groups: [] });
    expect(await grantedScope(fixture, as, 'repository:acme/web:*')).toBe('');
  });

  test('of a subject in a registry is one, also when many are made at once', async () => {
    const grant = { subject: `user:${name}`, registry: 'acme' };
    const answers = await Promise.all(
      ['developer', 'viewer', 'developer', 'maintainer'].map((role) => api.post(GRANTS, { ...grant, role })),
    );
    const [made] = answers.filter(({ status }) => status === 201);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status, body } of answers)
      if (status !== 201)
        expect(body).toMatchObject({ status: 409, code: 'GRANT_EXISTS', existingId: made?.body.id });
    expect((await api.post(GRANTS, { ...grant, registry: 'open', role: 'viewer' })).status).toBe(201);
    expect((await api.post(GRANTS, { ...grant, registry: '*', role: 'viewer' })).status).toBe(201);
  });

  test.each<[string, object, number, string]>([
    ['nobody', { subject: 'user:nobody' }, 404, 'SUBJECT_NOT_FOUND'],
    ['a robot that is none', { subject: 'robot:acme+nobody' }, 404, 'SUBJECT_NOT_FOUND'],
    ['a user as a robot', { subject: 'robot:admin' }, 404, 'SUBJECT_NOT_FOUND'],
    ['broken Unicode', { subject: 'user:\ud800' }, 404, 'SUBJECT_NOT_FOUND'],
    ['a group without a name', { subject: 'group: ' }, 404, 'SUBJECT_NOT_FOUND'],
    ['another kind', { subject: 'key:bk-x' }, 400, 'BODY_INVALID'],
    ['no registry', { registry: undefined }, 400, 'BODY_INVALID'],
    ['a missing registry', { registry: 'nowhere' }, 404, 'REGISTRY_NOT_FOUND'],
    ['the role of an administrator', { role: 'admin' }, 400, 'BODY_INVALID'],
  ])('is not for %s', async (_name, wrong, status, code) => {
    const answer = await api.post(GRANTS, {
      subject: `user:${name}`,
      registry: 'acme',
      role: 'viewer',
      ...wrong,
    });
    expect(answer.body).toMatchObject({ status, code });
  });

  test('in all registries is for administrators to give and to take, and not for robots', async () => {
    await api.grant(`user:${name}`, '*', 'maintainer');
    const everywhere = { subject: 'group:everybody', registry: '*', role: 'viewer' };
    expect((await api.post(GRANTS, everywhere, { as })).body).toMatchObject({ status: 403, code: 'DENIED' });
    expect((await api.post(GRANTS, { ...everywhere, registry: 'acme' }, { as })).status).toBe(201);
    const { id } = (await api.post(GRANTS, everywhere)).body;
    expect((await api.get(`${GRANTS}/${id}`, { as })).status).toBe(200);
    expect((await api.delete(`${GRANTS}/${id}`, { as })).body).toMatchObject({ status: 403, code: 'DENIED' });
    expect((await api.delete(`${GRANTS}/${id}`)).status).toBe(204);
    const robot = await api.robot('acme', name, 'viewer');
    expect(robot.id).toBeDefined();
    expect((await api.post(GRANTS, { ...everywhere, subject: `robot:acme+${name}` })).body).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
    });
  });

  test('is managed by the maintainers of its registry; of others they do not even know', async () => {
    await api.grant(`user:${name}`, 'acme', 'maintainer');
    const own = await api.post(GRANTS, { subject: 'user:admin', registry: 'acme', role: 'viewer' }, { as });
    expect(own.status).toBe(201);
    const other = await api.grant('user:admin', 'open', 'viewer');
    fixture.registries.push({ id: 'r-dark', name: 'dark', visibility: 'private', state: 'active' });
    const dark = await api.grant('user:admin', 'dark', 'viewer');
    expect((await api.get(`${GRANTS}/${other}`, { as })).status).toBe(403);
    for (const id of [dark, 'missing']) {
      expect((await api.get(`${GRANTS}/${id}`, { as })).status).toBe(404);
      expect((await api.delete(`${GRANTS}/${id}`, { as })).status).toBe(404);
    }
    expect((await api.get(`${GRANTS}?registry=dark`, { as })).status).toBe(404);
    await api.robot('dark', 'hidden', 'viewer');
    const hidden = { subject: 'robot:dark+hidden', registry: 'acme', role: 'viewer' };
    expect((await api.post(GRANTS, hidden, { as })).body).toMatchObject({
      status: 404,
      code: 'SUBJECT_NOT_FOUND',
    });
    for (const subject of ['robot:dark+hidden', 'robot:dark+missing'])
      expect(
        (await api.get(`${GRANTS}?registry=acme&subject=${encodeURIComponent(subject)}`, { as })).body,
      ).toEqual({
        items: [],
        next: null,
      });
    expect((await api.post(GRANTS, hidden)).status).toBe(201);
    expect((await api.delete(`${GRANTS}/${own.body.id}`, { as })).status).toBe(204);
    await api.delete(`${GRANTS}/${other}`);
    await api.delete(`${GRANTS}/${dark}`);
  });

  test('lists are by registry, by subject, or of all, and paged', async () => {
    const registries = Array.from({ length: 6 }, (_, i) => ({ id: `r-${name}-${i}`, name: `${name}-${i}` }));
    for (const registry of registries) {
      fixture.registries.push({ ...registry, visibility: 'private', state: 'active' });
      await api.grant(`user:${name}`, registry.name, 'viewer');
    }
    await api.grant(`group:${name}`, `${name}-0`, 'developer');
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const more = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
      const page = await api.get(`${GRANTS}?subject=user:${name}&limit=4${more}`);
      seen.push(...page.body.items.map(({ registry }: { registry: string }) => registry));
      after = page.body.next;
    }
    expect(seen).toEqual(registries.map((registry) => registry.name));
    const inOne = (await api.get(`${GRANTS}?registry=${name}-0`)).body.items;
    expect(inOne.map(({ subject, role }: Record<string, string>) => `${subject} ${role}`)).toEqual([
      `group:${name} developer`,
      `user:${name} viewer`,
    ]);
    expect((await api.get(`${GRANTS}?registry=${name}-0&subject=user:${name}`)).body.items).toHaveLength(1);
    expect((await api.get(`${GRANTS}?limit=500`)).body.items.length).toBeGreaterThan(6);
    expect((await api.get(`${GRANTS}?subject=user:nobody`)).body).toEqual({ items: [], next: null });
    expect((await api.get(GRANTS, { as })).status).toBe(403);
  });

  test('does not outlive a user who is deleted while it is made', async () => {
    const { id } = (await api.get('/access/me', { as })).body;
    step = async (at) => {
      if (at !== 'grant-checked') return;
      step = async () => {};
      await api.delete(`/access/users/${name}`);
    };
    const late = await api.post(GRANTS, { subject: `user:${name}`, registry: 'acme', role: 'viewer' });
    expect(late.body).toMatchObject({ status: 404, code: 'SUBJECT_NOT_FOUND' });
    expect(await grantsOf(fixture.service.facts, [`user:${id}`])).toEqual([]);
  });

  test('is not given in a registry that goes meanwhile', async () => {
    fixture.registries.push({ id: 'r-short', name: 'short', visibility: 'private', state: 'active' });
    step = async () => {
      fixture.registries.splice(
        fixture.registries.findIndex(({ id }) => id === 'r-short'),
        1,
      );
    };
    const late = await api.post(GRANTS, { subject: `user:${name}`, registry: 'short', role: 'viewer' });
    expect(late.body).toMatchObject({ status: 404, code: 'REGISTRY_NOT_FOUND' });
    const { id } = (await api.get('/access/me', { as })).body;
    expect(await grantsOf(fixture.service.facts, [`user:${id}`])).toEqual([]);
  });
});
