import type { EventData } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HttpFixture, type ListBody, type Problem, startHttpFixture } from './http-fixture.ts';

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await startHttpFixture();
});
afterAll(() => fixture.stop());

const problem = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  fixture.send<Problem>(method, path, { body, ...(headers && { headers }) });
const tagOf = (answer: { headers: Headers }) => answer.headers.get('etag') ?? '';

describe('a registry', () => {
  test('is created with defaults, its place and its version', async () => {
    const answer = await fixture.send('POST', '/registries', { body: { name: 'plain' } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/api/v1/registries/plain');
    expect(tagOf(answer)).toMatch(/^"\d+"$/);
    expect(answer.body).toEqual({
      id: expect.any(String),
      name: 'plain',
      description: '',
      visibility: 'private',
      tagNaming: 'lowercase',
      allowMissingChildren: false,
      state: 'active',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      createdBy: { id: 'u-admin', kind: 'user', name: 'admin' },
    });
    expect((await fixture.get('/registries/plain')).body).toEqual(answer.body);
  });

  test.each([
    [{ name: 'Upper' }, 'NAME_INVALID'],
    [{ name: 'a/b' }, 'NAME_INVALID'],
    [{}, 'BODY_INVALID'],
    [{ name: 'x', extra: 1 }, 'BODY_INVALID'],
    [{ name: 'x', visibility: 'secret' }, 'BODY_INVALID'],
    [{ name: 7 }, 'BODY_INVALID'],
  ])('is not created from %j', async (body, code) => {
    expect(await problem('POST', '/registries', body)).toMatchObject({ status: 400, body: { code } });
  });

  test('of a taken name is a 409 that names the other', async () => {
    const { id } = await fixture.createRegistry('taken');
    expect(await problem('POST', '/registries', { name: 'taken' })).toMatchObject({
      status: 409,
      body: { code: 'NAME_TAKEN', existingId: id },
    });
  });

  test('is answered with 304 to who has it already', async () => {
    await fixture.createRegistry('cached');
    const first = await fixture.get('/registries/cached');
    const again = await fixture.get('/registries/cached', { 'If-None-Match': tagOf(first) });
    expect(again.status).toBe(304);
    expect(tagOf(again)).toBe(tagOf(first));
    expect((await fixture.get('/registries/cached', { 'If-None-Match': '"1"' })).status).toBe(200);
  });

  test('is changed by a merge patch, which holds If-Match', async () => {
    await fixture.createRegistry('patched', { description: 'old' });
    const first = await fixture.get('/registries/patched');
    const changed = await fixture.send('PATCH', '/registries/patched', {
      body: { description: 'new' },
      headers: { 'If-Match': tagOf(first) },
    });
    expect(changed).toMatchObject({ status: 200, body: { description: 'new', visibility: 'private' } });
    expect(tagOf(changed)).not.toBe(tagOf(first));
    const removed = await fixture.send('PATCH', '/registries/patched', { body: { description: null } });
    expect(removed).toMatchObject({ status: 200, body: { description: '' } });
    expect(
      await problem('PATCH', '/registries/patched', { description: 'x' }, { 'If-Match': tagOf(first) }),
    ).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } });
  });

  test.each([[{ name: 'other' }], [{ size: null }], [{ visibility: 1 }], [[]]])(
    'is not changed by %j',
    async (body) => {
      await fixture.send('POST', '/registries', { body: { name: 'fixed' } });
      expect(await problem('PATCH', '/registries/fixed', body)).toMatchObject({
        status: 400,
        body: { code: 'BODY_INVALID' },
      });
    },
  );

  test('tells by events which settings changed, and whether it is public now; nothing where none did', async () => {
    const { id } = await fixture.createRegistry('told', { description: 'old' });
    const patches = [
      { description: 'old', visibility: 'private' },
      { description: 'new' },
      {},
      { visibility: 'public', tagNaming: 'oci' },
      { visibility: 'public' },
    ];
    const tags: string[] = [];
    for (const body of patches) tags.push(tagOf(await fixture.send('PATCH', '/registries/told', { body })));
    expect(tags.map((tag) => tags.indexOf(tag))).toEqual([0, 1, 1, 3, 3]);
    await problem('PATCH', '/registries/told', { allowMissingChildren: true });
    const told = await waitUntil(() => {
      const own = fixture.events.flatMap(({ data }) =>
        'changes' in data && data.registryId === id ? [data as EventData<'registry.updated'>] : [],
      );
      return own.length >= 3 ? own : undefined;
    });
    expect(told.map(({ changes, visibility }) => [changes, visibility])).toEqual([
      [['description'], undefined],
      [['visibility', 'tagNaming'], 'public'],
      [['allowMissingChildren'], undefined],
    ]);
    expect(told[0]?.actor).toMatchObject({ name: 'admin' });
  });

  test('is changed by one of two who saw the same version; without a condition by both', async () => {
    await fixture.createRegistry('raced');
    const seen = tagOf(await fixture.get('/registries/raced'));
    const patch = (description: string, headers: Record<string, string>) =>
      fixture.send('PATCH', '/registries/raced', { body: { description }, headers });
    const conditional = await Promise.all('abcd'.split('').map((text) => patch(text, { 'If-Match': seen })));
    expect(conditional.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const free = await Promise.all('abcd'.split('').map((text) => patch(text, {})));
    expect(free.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  test.each([
    ['GET', undefined],
    ['PATCH', {}],
    ['DELETE', undefined],
  ])('that does not exist is 404 to %s', async (method, body) => {
    expect(await problem(method, '/registries/nowhere', body)).toMatchObject({
      status: 404,
      body: { code: 'REGISTRY_NOT_FOUND' },
    });
  });
});

describe('deleting a registry', () => {
  test('holds If-Match, works when it is empty, and is 404 the next time', async () => {
    await fixture.createRegistry('empty');
    expect(await problem('DELETE', '/registries/empty', undefined, { 'If-Match': '"1"' })).toMatchObject({
      status: 412,
    });
    const seen = tagOf(await fixture.get('/registries/empty'));
    expect(
      await fixture.send('DELETE', '/registries/empty', { headers: { 'If-Match': seen } }),
    ).toMatchObject({ status: 204 });
    expect(await problem('DELETE', '/registries/empty')).toMatchObject({ status: 404 });
  });

  test('that holds images needs force, hides them at once and goes on in the background', async () => {
    await fixture.createRegistry('full');
    await fixture.push('full/web', 'a', '1.0');
    const seen = tagOf(await fixture.get('/registries/full'));
    expect(await problem('DELETE', '/registries/full')).toMatchObject({
      status: 409,
      body: { code: 'REGISTRY_NOT_EMPTY' },
    });
    expect(tagOf(await fixture.get('/registries/full'))).toBe(seen);
    expect(await problem('DELETE', '/registries/full?force=maybe')).toMatchObject({
      status: 400,
      body: { code: 'QUERY_INVALID', errors: [{ path: '/force' }] },
    });
    const forced = await fixture.send('DELETE', '/registries/full?force=true');
    expect(forced).toMatchObject({ status: 202, body: { state: 'deleting' } });
    expect(forced.headers.get('location')).toBe('/api/v1/registries/full');
    for (const path of ['/registries/full/images', '/registries/full/images/web'])
      expect(await problem('GET', path)).toMatchObject({
        status: 404,
        body: { code: 'REGISTRY_NOT_FOUND' },
      });
    await waitUntil(async () => (await fixture.get('/registries/full')).status === 404);
  });

  test('is refused, also with force, while a tag in it is protected', async () => {
    await fixture.createRegistry('guarded');
    await fixture.push('guarded/web', 'a', '1.0');
    const policy = { registry: 'guarded', name: 'all' };
    expect((await fixture.send('POST', '/protection/policies', { body: policy })).status).toBe(201);
    for (const force of ['true', 'false'])
      expect(await problem('DELETE', `/registries/guarded?force=${force}`)).toMatchObject({
        status: 403,
        body: { code: 'PROTECTED', tags: ['web:1.0'], policy: 'all' },
      });
    expect((await fixture.get('/registries/guarded')).body).toMatchObject({ state: 'active' });
  });
});

describe('the list of registries', () => {
  const names = Array.from({ length: 120 }, (_, count) => `page-${1_000 + count}`);
  const listed = async (path: string) => {
    const { items, pages } = await fixture.listAll(path);
    return { names: items.map(({ name }) => String(name)), pages };
  };

  beforeAll(async () => {
    for (const [index, name] of names.entries())
      await fixture.createRegistry(name, { visibility: index % 3 === 0 ? 'public' : 'private' });
  });

  test.each([
    ['?q=page-', names],
    ['?q=page-&sort=name', names],
    ['?q=page-&sort=-name', [...names].reverse()],
    ['?q=page-10&limit=7', names.slice(0, 100)],
    ['?q=page-&limit=40', names],
    ['?name=page-1003', ['page-1003']],
    ['?name=page-1003&sort=-name', ['page-1003']],
    ['?name=page-9', []],
    ['?q=nothing', []],
  ])('%s comes whole, in order and once', async (query, expected) => {
    expect((await listed(`/registries${query}`)).names).toEqual(expected);
  });

  test('is fifty long by default, and full up to the last page', async () => {
    const all = await listed('/registries');
    expect(all.pages).toBe(Math.ceil(all.names.length / 50));
    expect(all.names).toEqual([...all.names].sort());
  });

  test('ends with a full page, not with an empty one after it', async () => {
    const { names: all } = await listed('/registries');
    expect(await listed(`/registries?limit=${all.length}`)).toEqual({ names: all, pages: 1 });
  });

  test.each(['name', '-name'])(
    'shows others the public ones and their own, in full pages, by %s',
    async (sort) => {
      const own = ['page-1001', 'page-1050', 'page-1119'];
      const ids = await Promise.all(own.map(async (name) => (await fixture.scope(`${name}/x`)).registry.id));
      fixture.roles.set('viewer', new Map(ids.map((id) => [id, 'viewer'])));
      const seen: string[] = [];
      let after = '';
      for (let more: string | null = ''; more !== null; after = more === null ? '' : `&after=${more}`) {
        const page = await fixture.send<ListBody>('GET', `/registries?limit=10&sort=${sort}${after}`, {
          as: 'viewer',
        });
        seen.push(...page.body.items.map(({ name }) => String(name)));
        more = page.body.next;
        if (more !== null) expect(page.body.items).toHaveLength(10);
      }
      const expected = names.filter((name, index) => index % 3 === 0 || own.includes(name));
      expect(seen.filter((name) => name.startsWith('page-'))).toEqual(
        sort === 'name' ? expected : expected.reverse(),
      );
    },
  );

  test('shows who holds very many roles the same', async () => {
    const ids = await Promise.all(
      ['page-1001', 'page-1119'].map(async (name) => (await fixture.scope(`${name}/x`)).registry.id),
    );
    const many = [...ids, ...Array.from({ length: 600 }, (_, count) => `gone-${count}`)];
    fixture.roles.set('busy', new Map(many.map((id) => [id, 'viewer'])));
    const page = await fixture.send<ListBody>('GET', '/registries?q=page-1&limit=500', { as: 'busy' });
    expect(page.body.items).toHaveLength(42);
    expect(page.body.next).toBeNull();
  });

  test.each([
    ['limit=0', 'PAGE_INVALID', '/limit'],
    ['limit=501', 'PAGE_INVALID', '/limit'],
    ['limit=ten', 'PAGE_INVALID', '/limit'],
    ['after=***', 'PAGE_INVALID', undefined],
    ['sort=size', 'QUERY_INVALID', '/sort'],
    ['sort=name&sort=-name', 'QUERY_INVALID', '/sort'],
    ['page=2', 'QUERY_INVALID', '/page'],
    [`q=${'x'.repeat(256)}`, 'QUERY_INVALID', '/q'],
  ])('?%.20s is a 400', async (query, code, path) => {
    const answer = await problem('GET', `/registries?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.body.errors?.[0]?.path).toBe(path);
  });
});
