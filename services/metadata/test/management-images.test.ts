import { digestOf } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pushManifest } from '../artifacts/push-manifest.ts';
import { imagePush, indexPush, layersPush, ORIGIN, referrerPush } from './fixture.ts';
import { type HttpFixture, type Problem, startHttpFixture } from './http-fixture.ts';

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await startHttpFixture();
  await fixture.createRegistry('acme');
});
afterAll(() => fixture.stop());

const IMAGES = '/registries/acme/images';
const UNKNOWN = `sha256:${'0'.repeat(64)}`;
const problem = (method: string, path: string, headers?: Record<string, string>) =>
  fixture.send<Problem>(method, path, headers === undefined ? {} : { headers });
const tagOf = (answer: { headers: Headers }) => answer.headers.get('etag') ?? '';
const listed = async (path: string, field: string) =>
  (await fixture.listAll(path)).items.map((item) => String(item[field]));

/** A manifest of about a MiB, whose layers nobody has to have. */
async function pushLarge(repository: string, tag: string): Promise<void> {
  const parts = { facts: fixture.facts, scope: await fixture.scope(repository) };
  const layers = Array.from({ length: 9_000 }, (_, index) => ({
    mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
    digest: digestOf(Buffer.from(`${tag} ${index}`)),
    ...{ size: 1, urls: ['https://example.com/layer'] },
  }));
  await pushManifest(fixture.facts, await layersPush(parts, tag, layers));
}

test('A list of large artifacts comes in short pages', async () => {
  const tags = ['1', '2', '3', '4'];
  for (const tag of tags) await pushLarge('acme/large', tag);
  for (const path of ['artifacts', 'artifacts?attached=true', 'artifacts?untagged=true']) {
    const { items, pages } = await fixture.listAll(`${IMAGES}/large/${path}`);
    expect(pages).toBe(2);
    expect(items).toHaveLength(path.includes('untagged') ? 0 : tags.length);
  }
});

describe('an image', () => {
  test('shows what it is, under names with a slash as well', async () => {
    await fixture.push('acme/team/shown', 'shown', '1.0');
    const answer = await fixture.get(`${IMAGES}/team~shown`);
    expect(answer).toMatchObject({ status: 200, body: { name: 'team/shown', registry: 'acme' } });
    expect((await fixture.get(`${IMAGES}/team%2Fshown`)).body).toEqual(answer.body);
    expect((await fixture.get(`${IMAGES}/team~shown`, { 'If-None-Match': tagOf(answer) })).status).toBe(304);
    await fixture.push('acme/team/shown', 'more', '2.0');
    expect((await fixture.get(`${IMAGES}/team~shown`, { 'If-None-Match': tagOf(answer) })).status).toBe(200);
  });

  test('goes with all in it, by the version that was seen, and is 404 then', async () => {
    await fixture.push('acme/going', 'a', '1.0');
    await fixture.push('acme/going', 'b', '2.0');
    expect(await problem('DELETE', `${IMAGES}/going`, { 'If-Match': '"1"' })).toMatchObject({
      status: 412,
    });
    const seen = tagOf(await fixture.get(`${IMAGES}/going`));
    expect((await problem('DELETE', `${IMAGES}/going`, { 'If-Match': seen })).status).toBe(204);
    for (const method of ['GET', 'DELETE'])
      expect(await problem(method, `${IMAGES}/going`)).toMatchObject({
        status: 404,
        body: { code: 'IMAGE_NOT_FOUND' },
      });
  });

  test('with very many artifacts goes in the background, to be watched, and when it is wished again', async () => {
    const { registry } = await fixture.scope('acme/team/many');
    for (let n = 0; n <= 100; n++) await fixture.push('acme/team/many', `m${n}`);
    const seen = tagOf(await fixture.get(`${IMAGES}/team~many`));
    expect((await problem('DELETE', `${IMAGES}/team~many`, { 'If-Match': '"1"' })).status).toBe(412);
    const answer = await fixture.send('DELETE', `${IMAGES}/team~many`, { headers: { 'If-Match': seen } });
    expect(answer).toMatchObject({ status: 202, body: { name: 'team/many', state: 'deleting' } });
    expect(tagOf(answer)).toMatch(/^"[^"]+"$/);
    const location = answer.headers.get('location') ?? '';
    expect(location).toBe('/api/v1/registries/acme/images/team~many');
    const again = await fixture.send('DELETE', `${IMAGES}/team~many`);
    expect([202, 404]).toContain(again.status);
    const isGone = async () => (await fixture.get(location.slice('/api/v1'.length))).status === 404;
    await waitUntil(isGone, { what: 'the end of the deletion' });
    const { items } = await fixture.facts.artifacts.page({
      index: 'byImage',
      equals: { imageId: `${registry.id}/team/many` },
      limit: 1,
    });
    expect(items).toEqual([]);
  });

  test.each(['never', 'NOT~valid', 'a~~b'])('named %s is 404', async (name) => {
    expect(await problem('GET', `${IMAGES}/${name}`)).toMatchObject({
      status: 404,
      body: { code: 'IMAGE_NOT_FOUND' },
    });
  });
});

describe('the list of images', () => {
  const names = Array.from({ length: 120 }, (_, count) => `many/i${1_000 + count}`);
  beforeAll(async () => {
    for (const name of names) await fixture.push(`acme/${name}`, 'same', '1');
  });

  test.each([
    ['?q=many/', names],
    ['?q=many/&sort=-name', [...names].reverse()],
    ['?q=i110&limit=3', names.slice(100, 110)],
    ['?name=many/i1007', ['many/i1007']],
    ['?name=many', []],
  ])('%s comes whole, in order and once', async (query, expected) => {
    expect(await listed(`${IMAGES}${query}`, 'name')).toEqual(expected);
  });

  test.each([
    ['limit=-1', 'PAGE_INVALID'],
    ['after=x', 'PAGE_INVALID'],
    ['sort=updatedAt', 'QUERY_INVALID'],
    ['color=red', 'QUERY_INVALID'],
  ])('?%s is a 400', async (query, code) => {
    expect(await problem('GET', `${IMAGES}?${query}`)).toMatchObject({ status: 400, body: { code } });
  });
});

describe('an artifact', () => {
  test('shows its parts and its tags, and changes its ETag with them', async () => {
    const digest = await fixture.push('acme/parts', 'a', '1.0');
    const path = `${IMAGES}/parts/artifacts/${digest}`;
    const answer = await fixture.get(path);
    expect(answer).toMatchObject({
      status: 200,
      body: { digest, tags: ['1.0'], config: {}, layers: [{}], referrers: [] },
    });
    expect((await fixture.get(path, { 'If-None-Match': tagOf(answer) })).status).toBe(304);
    await fixture.send('PUT', `${IMAGES}/parts/tags/2.0`, { body: { digest } });
    const tagged = await fixture.get(path, { 'If-None-Match': tagOf(answer) });
    expect(tagged).toMatchObject({ status: 200, body: { tags: ['1.0', '2.0'] } });
  });

  test('goes with its tags and what is attached to it, by the version that was seen, and is 404 then', async () => {
    const scope = await fixture.scope('acme/attached');
    const repository = { facts: fixture.facts, scope };
    const image = await imagePush(repository, 'a', '1.0');
    const sbom = await referrerPush(repository, image);
    for (const one of [image, sbom]) await pushManifest(fixture.facts, { ...one, origin: ORIGIN });
    const path = `${IMAGES}/attached/artifacts`;
    expect(await problem('DELETE', `${path}/${image.digest}`, { 'If-Match': '"1"' })).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED' },
    });
    const seen = tagOf(await fixture.get(`${path}/${image.digest}`));
    expect((await problem('DELETE', `${path}/${image.digest}`, { 'If-Match': seen })).status).toBe(204);
    for (const { digest } of [image, sbom])
      for (const method of ['GET', 'DELETE'])
        expect(await problem(method, `${path}/${digest}`)).toMatchObject({
          status: 404,
          body: { code: 'ARTIFACT_NOT_FOUND', digest },
        });
    expect(await listed(`${IMAGES}/attached/tags`, 'name')).toEqual([]);
  });

  test('that an index holds is a 409 that names the index', async () => {
    const repository = { facts: fixture.facts, scope: await fixture.scope('acme/held') };
    const child = await imagePush(repository, 'a');
    const index = indexPush(repository, [child], 'multi');
    for (const one of [child, index]) await pushManifest(fixture.facts, { ...one, origin: ORIGIN });
    expect(await problem('DELETE', `${IMAGES}/held/artifacts/${child.digest}`)).toMatchObject({
      status: 409,
      body: { code: 'ARTIFACT_REFERENCED', referencedBy: index.digest },
    });
  });

  test.each([
    [UNKNOWN, 404, 'ARTIFACT_NOT_FOUND'],
    ['sha256:short', 400, 'DIGEST_INVALID'],
    ['latest', 400, 'DIGEST_INVALID'],
  ])('named %.20s is %d %s', async (digest, status, code) => {
    await fixture.push('acme/parts', 'a', '1.0');
    for (const method of ['GET', 'DELETE'])
      expect(await problem(method, `${IMAGES}/parts/artifacts/${digest}`)).toMatchObject({
        status,
        body: { code },
      });
  });
});

describe('the list of artifacts', () => {
  const LIST = `${IMAGES}/artifacts-list/artifacts`;
  const tagged: string[] = [];
  const untagged: string[] = [];
  let index: string;
  let children: string[];

  beforeAll(async () => {
    for (let count = 0; count < 120; count++) {
      const isTagged = count % 2 === 0;
      const digest = await fixture.push(
        'acme/artifacts-list',
        `${count}`,
        isTagged ? `t${count}` : undefined,
      );
      (isTagged ? tagged : untagged).push(digest);
    }
    const repository = { facts: fixture.facts, scope: await fixture.scope('acme/artifacts-list') };
    const pair = [await imagePush(repository, 'amd'), await imagePush(repository, 'arm')];
    const multi = indexPush(repository, pair, 'multi');
    const sbom = await referrerPush(repository, multi);
    for (const one of [...pair, multi, sbom]) await pushManifest(fixture.facts, { ...one, origin: ORIGIN });
    index = multi.digest;
    children = [...pair, sbom].map(({ digest }) => digest);
  });

  const times = async (query: string) => await listed(`${LIST}${query}`, 'pushedAt');

  test('is without the attached, newest first', async () => {
    const digests = await listed(`${LIST}?limit=50`, 'digest');
    expect(new Set(digests)).toEqual(new Set([...tagged, ...untagged, index]));
    expect(digests).toHaveLength(121);
    const newestFirst = await times('');
    expect(newestFirst).toEqual([...newestFirst].sort().reverse());
    const oldestFirst = await times('?sort=pushedAt&limit=7');
    expect(oldestFirst).toEqual([...newestFirst].reverse());
  });

  test('has full pages where it skips the attached', async () => {
    const { pages } = await fixture.listAll(`${LIST}?limit=11`);
    expect(pages).toBe(11);
  });

  test.each([
    ['?untagged=true', () => untagged],
    ['?untagged=false', () => [...tagged, ...untagged, index]],
    ['?attached=true', () => [...tagged, ...untagged, index, ...children]],
    ['?attached=true&untagged=true&limit=9', () => [...untagged, ...children]],
    ['?tag=t4', () => [tagged[2]]],
    ['?tag=none', () => []],
  ])('%s filters', async (query, expected) => {
    expect((await listed(`${LIST}${query}`, 'digest')).sort()).toEqual(expected().sort());
  });

  test('finds one by its digest, attached or not, and only where all filters fit', async () => {
    const [child = ''] = children;
    expect(await listed(`${LIST}?digest=${child}`, 'digest')).toEqual([child]);
    expect(await listed(`${LIST}?digest=${tagged[0]}&tag=t0`, 'digest')).toEqual([tagged[0]]);
    expect(await listed(`${LIST}?digest=${tagged[0]}&tag=t2`, 'digest')).toEqual([]);
    expect(await listed(`${LIST}?digest=${tagged[0]}&untagged=true`, 'digest')).toEqual([]);
    expect(await listed(`${LIST}?digest=${UNKNOWN}`, 'digest')).toEqual([]);
  });

  test.each([
    ['limit=1.5', 'PAGE_INVALID'],
    ['untagged=yes', 'QUERY_INVALID'],
    ['attached=1', 'QUERY_INVALID'],
    ['sort=size', 'QUERY_INVALID'],
    ['name=x', 'QUERY_INVALID'],
    ['digest=latest', 'DIGEST_INVALID'],
    [`digest=${'x'.repeat(200)}`, 'QUERY_INVALID'],
    [`tag=${'x'.repeat(129)}`, 'QUERY_INVALID'],
  ])('?%.20s is a 400', async (query, code) => {
    expect(await problem('GET', `${LIST}?${query}`)).toMatchObject({ status: 400, body: { code } });
  });

  test('of an image that nobody pushed to is 404', async () => {
    expect(await problem('GET', `${IMAGES}/never/artifacts`)).toMatchObject({
      status: 404,
      body: { code: 'IMAGE_NOT_FOUND' },
    });
  });
});
