import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HttpFixture, type Problem, startHttpFixture } from './http-fixture.ts';

let fixture: HttpFixture;
let digests: readonly string[];
beforeAll(async () => {
  fixture = await startHttpFixture();
  await fixture.createRegistry('acme');
  await fixture.createRegistry('guarded');
  digests = await Promise.all([...'abcdefgh'].map((content) => fixture.push('acme/web', content)));
});
afterAll(() => fixture.stop());

const TAGS = '/registries/acme/images/web/tags';
const UNKNOWN = `sha256:${'0'.repeat(64)}`;
const put = (tag: string, digest: string | undefined, headers: Record<string, string> = {}) =>
  fixture.send<Record<string, unknown> & Problem>('PUT', `${TAGS}/${tag}`, { body: { digest }, headers });
const remove = (tag: string, headers: Record<string, string> = {}) =>
  fixture.send<Problem>('DELETE', `${TAGS}/${tag}`, { headers });
const tagOf = (answer: { headers: Headers }) => answer.headers.get('etag') ?? '';

describe('a tag', () => {
  test('is created, moved, shown and deleted', async () => {
    const created = await put('life', digests[0]);
    expect(created).toMatchObject({ status: 201, body: { name: 'life', digest: digests[0] } });
    const moved = await put('life', digests[1]);
    expect(moved).toMatchObject({ status: 200, body: { digest: digests[1] } });
    const shown = await fixture.get(`${TAGS}/life`);
    expect(shown.body).toEqual(moved.body);
    expect(tagOf(shown)).toBe(tagOf(moved));
    expect(tagOf(created)).not.toBe(tagOf(moved));
    expect((await fixture.get(`${TAGS}/life`, { 'If-None-Match': tagOf(shown) })).status).toBe(304);
    expect((await remove('life')).status).toBe(204);
    expect(await remove('life')).toMatchObject({ status: 404, body: { code: 'TAG_NOT_FOUND' } });
    expect(await fixture.get(`${TAGS}/life`)).toMatchObject({ status: 404, body: { code: 'TAG_NOT_FOUND' } });
  });

  test.each([
    ['Upper', () => digests[0], 400, 'TAG_INVALID'],
    ['ok', () => UNKNOWN, 404, 'ARTIFACT_NOT_FOUND'],
    ['ok', () => 'latest', 400, 'DIGEST_INVALID'],
    ['ok', () => undefined, 400, 'BODY_INVALID'],
  ])(
    '%s is not put at a target that is wrong, nor by a wrong name (%#)',
    async (tag, digest, status, code) => {
      expect(await put(tag, digest())).toMatchObject({ status, body: { code } });
    },
  );

  test('of an image that nobody pushed to is 404', async () => {
    const path = '/registries/acme/images/never/tags/x';
    for (const [method, body] of [['GET'], ['PUT', { digest: digests[0] }], ['DELETE']] as const)
      expect(await fixture.send(method, path, { body })).toMatchObject({
        status: 404,
        body: { code: 'IMAGE_NOT_FOUND' },
      });
  });

  test('holds If-Match on PUT and DELETE', async () => {
    const created = await put('held', digests[0]);
    const stale = { 'If-Match': '"1"' };
    expect(await put('held', digests[1], stale)).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED' },
    });
    expect(await remove('held', stale)).toMatchObject({ status: 412 });
    expect(await put('unmade', digests[0], { 'If-Match': '*' })).toMatchObject({ status: 412 });
    const moved = await put('held', digests[1], { 'If-Match': tagOf(created) });
    expect(moved.status).toBe(200);
    expect((await remove('held', { 'If-Match': `"1", W/${tagOf(moved)}` })).status).toBe(204);
  });
});

describe('of several at the same moment', () => {
  const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).sort();

  test('who all saw one version, exactly one moves the tag', async () => {
    const seen = tagOf(await put('moved', digests[0]));
    const answers = await Promise.all(
      digests.slice(1).map((digest) => put('moved', digest, { 'If-Match': seen })),
    );
    expect(statuses(answers)).toEqual([200, ...Array(6).fill(412)]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await fixture.get(`${TAGS}/moved`)).body).toEqual(winner?.body);
  });

  test('who all ask for a tag that is not there, exactly one creates it', async () => {
    const answers = await Promise.all(
      digests.map((digest) => put('fresh', digest, { 'If-None-Match': '*' })),
    );
    expect(statuses(answers)).toEqual([201, ...Array(7).fill(412)]);
    const winner = answers.find(({ status }) => status === 201);
    expect((await fixture.get(`${TAGS}/fresh`)).body).toEqual(winner?.body);
  });

  test('who delete and move by one version, exactly one succeeds', async () => {
    const seen = { 'If-Match': tagOf(await put('both', digests[0])) };
    const answers = await Promise.all([
      remove('both', seen),
      ...digests.slice(1).map((digest) => put('both', digest, seen)),
    ]);
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
  });

  test('without a condition all succeed', async () => {
    const answers = await Promise.all(digests.map((digest) => put('free', digest)));
    expect(statuses(answers)).toEqual([...Array(7).fill(200), 201]);
  });
});

describe('the list of tags', () => {
  const LIST = '/registries/acme/images/many/tags';
  const names = Array.from({ length: 120 }, (_, count) => `v${1_000 + ((count * 7) % 120)}`);
  const byName = [...names].sort();
  const listed = async (query: string) =>
    (await fixture.listAll(`${LIST}${query}`)).items.map(({ name }) => String(name));

  beforeAll(async () => {
    const digest = await fixture.push('acme/many', 'a');
    for (const name of names) await fixture.send('PUT', `${LIST}/${name}`, { body: { digest } });
  });

  test.each([
    ['', byName],
    ['?sort=name&limit=7', byName],
    ['?sort=-name&limit=50', [...byName].reverse()],
    ['?q=v110&limit=3', byName.slice(100, 110)],
    ['?name=v1003', ['v1003']],
    ['?name=v1003&sort=-updatedAt', ['v1003']],
  ])('%s comes whole, in order and once', async (query, expected) => {
    expect(await listed(query)).toEqual(expected);
  });

  test('comes in the order of changes as well, both ways', async () => {
    const { items } = await fixture.listAll(`${LIST}?sort=updatedAt&limit=9`);
    const times = items.map(({ updatedAt }) => String(updatedAt));
    expect(times).toEqual([...times].sort());
    expect(new Set(items.map(({ name }) => name))).toEqual(new Set(names));
    expect(await listed('?sort=-updatedAt&limit=50')).toEqual(
      items.map(({ name }) => String(name)).reverse(),
    );
  });

  test.each([
    ['limit=x', 'PAGE_INVALID'],
    ['after=x', 'PAGE_INVALID'],
    ['sort=pushedAt', 'QUERY_INVALID'],
    ['n=5', 'QUERY_INVALID'],
  ])('?%s is a 400', async (query, code) => {
    expect(await fixture.get(`${LIST}?${query}`)).toMatchObject({ status: 400, body: { code } });
  });
});

test('a protected tag is a 403 with the tags and the policy, also for its artifact and image', async () => {
  const digest = await fixture.push('guarded/web', 'a', 'v1');
  const other = await fixture.push('guarded/web', 'b');
  const policy = { registry: 'guarded', name: 'versions', tags: { match: ['v*'] } };
  expect((await fixture.send('POST', '/protection/policies', { body: policy })).status).toBe(201);
  const image = '/registries/guarded/images/web';
  for (const [method, path, body] of [
    ['PUT', `${image}/tags/v1`, { digest: other }],
    ['DELETE', `${image}/tags/v1`],
    ['DELETE', `${image}/artifacts/${digest}`],
    ['DELETE', image],
  ] as const)
    expect(await fixture.send(method, path, { body })).toMatchObject({
      status: 403,
      body: { code: 'PROTECTED', tags: ['v1'], policy: 'versions' },
    });
  expect((await fixture.send('PUT', `${image}/tags/v1`, { body: { digest } })).status).toBe(200);
  expect((await fixture.send('PUT', `${image}/tags/v2`, { body: { digest } })).status).toBe(201);
});
