import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HttpFixture, type Problem, startHttpFixture } from './http-fixture.ts';

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await startHttpFixture();
  for (const name of ['acme', 'other', 'full', 'races']) await fixture.createRegistry(name);
});
afterAll(() => fixture.stop());

const POLICIES = '/protection/policies';
const create = (body: object) => fixture.send<Record<string, unknown> & Problem>('POST', POLICIES, { body });
const patch = (id: unknown, body: unknown, headers: Record<string, string> = {}) =>
  fixture.send<Record<string, unknown> & Problem>('PATCH', `${POLICIES}/${id}`, { body, headers });
const tagOf = (answer: { headers: Headers }) => answer.headers.get('etag') ?? '';
const changesOf = (id: unknown) =>
  fixture.events.flatMap(({ type, data }) => {
    const { object, changes } = data as { object?: { id: string; kind: string }; changes?: string[] };
    return object?.id === id ? [[type.replace('berth.', ''), object?.kind, changes]] : [];
  });

describe('a protection policy', () => {
  test('is created with defaults, shown, changed and deleted, each told by an event', async () => {
    const created = await create({ registry: 'acme', name: 'life' });
    expect(created).toMatchObject({
      status: 201,
      body: {
        registry: 'acme',
        name: 'life',
        images: { match: ['**'] },
        tags: { match: ['**'] },
        enabled: true,
        createdBy: { name: 'admin' },
      },
    });
    const { id } = created.body;
    expect(created.headers.get('location')).toBe(`/api/v1${POLICIES}/${id}`);
    const path = `${POLICIES}/${id}`;
    expect((await fixture.get(path)).body).toEqual(created.body);
    expect((await fixture.get(path, { 'If-None-Match': tagOf(created) })).status).toBe(304);

    const changed = await patch(id, { tags: { match: ['v*'] }, enabled: false });
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'life', tags: { match: ['v*'] }, enabled: false },
    });
    expect(tagOf(await patch(id, { enabled: false }))).toBe(tagOf(changed));
    expect((await fixture.send('DELETE', path)).status).toBe(204);
    expect(await fixture.send('DELETE', path)).toMatchObject({
      status: 404,
      body: { code: 'POLICY_NOT_FOUND' },
    });
    await waitUntil(() => changesOf(id).length === 3);
    expect(changesOf(id)).toEqual([
      ['protection.created', 'protectionPolicy', undefined],
      ['protection.updated', 'protectionPolicy', ['tags', 'enabled']],
      ['protection.deleted', 'protectionPolicy', undefined],
    ]);
  });

  test.each([
    [{ name: 'x' }, 400, 'BODY_INVALID'],
    [{ registry: 'acme' }, 400, 'BODY_INVALID'],
    [{ registry: 'acme', name: '' }, 400, 'BODY_INVALID'],
    [{ registry: 'acme', name: 'x', tags: { match: [] } }, 400, 'BODY_INVALID'],
    [{ registry: 'acme', name: 'x', tags: ['v*'] }, 400, 'BODY_INVALID'],
    [{ registry: 'acme', name: 'x', enabled: 'yes' }, 400, 'BODY_INVALID'],
    [{ registry: 'acme', name: 'x', more: 1 }, 400, 'BODY_INVALID'],
    [{ registry: 'nowhere', name: 'x' }, 404, 'REGISTRY_NOT_FOUND'],
  ])('is not created from %j', async (body, status, code) => {
    expect(await create(body)).toMatchObject({ status, body: { code } });
  });

  test.each(['images', 'tags'])('with a bad pattern of %s is a 400 that names it', async (field) => {
    const bad = { [field]: { match: ['fine', '{a,{b}}'] } };
    const expected = {
      status: 400,
      body: {
        code: 'GLOB_INVALID',
        detail: expect.stringContaining('"{a,{b}}"'),
        errors: [{ path: `/${field}` }],
      },
    };
    expect(await create({ registry: 'acme', name: 'bad', ...bad })).toMatchObject(expected);
    const { id } = (await create({ registry: 'acme', name: `good ${field}` })).body;
    expect(await patch(id, bad)).toMatchObject(expected);
  });

  test('has a name of its own in its registry, also when it is renamed', async () => {
    const { id } = (await create({ registry: 'acme', name: 'one' })).body;
    const taken = { status: 409, body: { code: 'NAME_TAKEN', existingId: id } };
    expect(await create({ registry: 'acme', name: 'one' })).toMatchObject(taken);
    expect((await create({ registry: 'other', name: 'one' })).status).toBe(201);
    const second = (await create({ registry: 'acme', name: 'two' })).body.id;
    expect(await patch(second, { name: 'one' })).toMatchObject(taken);
    expect((await patch(second, { name: 'three' })).status).toBe(200);
  });

  test('holds If-Match: of several who saw one version, one changes or deletes it', async () => {
    const created = await create({ registry: 'races', name: 'raced' });
    const { id } = created.body;
    expect(await patch(id, { name: 'x' }, { 'If-Match': '"1"' })).toMatchObject({ status: 412 });
    const seen = { 'If-Match': tagOf(created) };
    const answers = await Promise.all([
      ...['a', 'b', 'c'].map((name) => patch(id, { name }, seen)),
      fixture.send('DELETE', `${POLICIES}/${id}`, { headers: seen }),
    ]);
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
  });

  test('is one of at most fifteen', async () => {
    for (let count = 1; count <= 15; count++)
      expect((await create({ registry: 'full', name: `p${count}` })).status).toBe(201);
    expect(await create({ registry: 'full', name: 'p16' })).toMatchObject({
      status: 409,
      body: { code: 'POLICY_LIMIT' },
    });
    const { items } = await fixture.listAll(`${POLICIES}?registry=full`);
    await fixture.send('DELETE', `${POLICIES}/${items[7]?.id}`);
    expect((await create({ registry: 'full', name: 'p16' })).status).toBe(201);
  });

  test('is 404 to those who hold nothing in its registry, as one that does not exist', async () => {
    const { id } = (await create({ registry: 'acme', name: 'hidden' })).body;
    for (const method of ['GET', 'PATCH', 'DELETE'])
      for (const path of [`${POLICIES}/${id}`, `${POLICIES}/none`]) {
        const body = method === 'PATCH' ? {} : undefined;
        expect(await fixture.send(method, path, { as: 'nobody', body })).toMatchObject({
          status: 404,
          body: { code: 'POLICY_NOT_FOUND' },
        });
      }
  });
});

describe('the list of policies', () => {
  test('is of one registry by name, or of all that are there', async () => {
    const names = (query: string) =>
      fixture.listAll(`${POLICIES}${query}`).then(({ items }) => items.map(({ name }) => name));
    const own = await names('?registry=full&limit=4');
    expect(own).toHaveLength(15);
    expect(own).toEqual([...own].sort());
    expect(await names('?registry=full&q=p1&limit=2')).toEqual(
      own.filter((name) => `${name}`.includes('p1')),
    );
    expect(await names('?registry=full&name=p3')).toEqual(['p3']);
    const all = await fixture.listAll(`${POLICIES}?limit=7`);
    expect(all.items.map(({ registry }) => registry)).toEqual(
      expect.arrayContaining(['acme', 'other', 'full']),
    );
    expect(await names('?registry=*')).toEqual(all.items.map(({ name }) => name));
    expect((await fixture.listAll(`${POLICIES}?name=one`)).items).toHaveLength(2);
  });

  test('leaves those of a registry that is gone out', async () => {
    await fixture.createRegistry('gone');
    await create({ registry: 'gone', name: 'last' });
    expect((await fixture.send('DELETE', '/registries/gone')).status).toBe(204);
    expect((await fixture.listAll(`${POLICIES}?name=last`)).items).toEqual([]);
  });

  test.each([
    ['registry=nowhere', 404, 'REGISTRY_NOT_FOUND'],
    ['registry=full&limit=0', 400, 'PAGE_INVALID'],
    ['registry=full&sort=name', 400, 'QUERY_INVALID'],
  ])('?%s is %d %s', async (query, status, code) => {
    expect(await fixture.get(`${POLICIES}?${query}`)).toMatchObject({ status, body: { code } });
  });
});
