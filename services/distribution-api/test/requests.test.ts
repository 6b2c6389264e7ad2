import { setTimeout as pause } from 'node:timers/promises';
import type { CloudEvent } from '@berth/contracts';
import { digestOf, MEDIA_TYPES } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, repositoryScope, startFixture } from './fixture.ts';

const NAME = 'acme/web';
const bytes = Buffer.from('0123456789');
const digest = digestOf(bytes);
const MISSING = digestOf(Buffer.from('missing'));

let berth: Fixture;
let bearer: string;

beforeAll(async () => {
  berth = await startFixture();
  bearer = `Bearer ${await berth.token('ann', [repositoryScope(NAME, 'pull', 'push', 'delete')])}`;
  berth.facts.grants.set('dev', [repositoryScope(NAME, 'pull', 'push')]);
  berth.facts.grants.set('reader', [repositoryScope(NAME, 'pull')]);
  berth.facts.grants.set('uploader', [repositoryScope(NAME, 'push')]);
  berth.facts.grants.set('', [repositoryScope('open/web', 'pull')]);
  const answer = await send('POST', `/v2/${NAME}/blobs/uploads/?digest=${digest}`, { body: bytes });
  expect(answer.status).toBe(201);
});
afterAll(() => berth.stop());

interface Ask {
  readonly body?: Uint8Array;
  readonly authorization?: string | null;
  readonly headers?: Record<string, string>;
}

function send(method: string, path: string, ask: Ask = {}): Promise<Response> {
  const { authorization = bearer, body, headers } = ask;
  return fetch(`${berth.origins[0]}${path}`, {
    method,
    headers: { ...(authorization !== null && { authorization }), ...headers },
    ...(body && { body: new Uint8Array(body) }),
  });
}

async function codeOf(answer: Response): Promise<string | undefined> {
  return ((await answer.json()) as { errors: { code: string }[] }).errors[0]?.code;
}

const basic = (name: string) => `Basic ${Buffer.from(`${name}:secret`).toString('base64')}`;

describe('a blob is answered', () => {
  test('whole, with its digest, length and tag', async () => {
    const answer = await send('GET', `/v2/${NAME}/blobs/${digest}`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': '10',
      'docker-content-digest': digest,
      'docker-distribution-api-version': 'registry/2.0',
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
    });
    expect(await answer.text()).toBe('0123456789');
  });

  test('to readers without a write, and to a pusher who asks by HEAD with one', async () => {
    const asked = async (method: string) => {
      berth.facts.touched.length = 0;
      await (await send(method, `/v2/${NAME}/blobs/${digest}`)).arrayBuffer();
      return [...berth.facts.touched];
    };
    expect(await asked('GET')).toEqual([]);
    expect(await asked('HEAD')).toEqual([digest]);
  });

  test('by HEAD without its bytes', async () => {
    const answer = await send('HEAD', `/v2/${NAME}/blobs/${digest}`);
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '10']);
  });

  test.each([
    ['bytes=2-4', 206, 'bytes 2-4/10', '234'],
    ['bytes=7-', 206, 'bytes 7-9/10', '789'],
    ['bytes=-2', 206, 'bytes 8-9/10', '89'],
    ['bytes=0-1,3-4', 200, null, '0123456789'],
  ])('%s: %i', async (range, status, contentRange, text) => {
    const answer = await send('GET', `/v2/${NAME}/blobs/${digest}`, { headers: { range } });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange]);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
    expect(await answer.text()).toBe(text);
  });

  test.each(['bytes=10-', 'bytes=5-0'])('%s: 416 with the size', async (range) => {
    const answer = await send('GET', `/v2/${NAME}/blobs/${digest}`, { headers: { range } });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(await codeOf(answer)).toBe('RANGE_INVALID');
  });

  test('304 to who has it', async () => {
    const headers = { 'if-none-match': `"x", "${digest}"` };
    for (const method of ['GET', 'HEAD']) {
      const answer = await send(method, `/v2/${NAME}/blobs/${digest}`, { headers });
      expect([answer.status, await answer.text()]).toEqual([304, '']);
    }
  });
});

describe('a manifest', () => {
  const manifest = Buffer.from('{"schemaVersion":2}');
  const manifestDigest = digestOf(manifest);

  test.each([
    ['plain', {}, {}],
    [
      'attached',
      { artifactType: 'text/x-sbom', isAttached: true },
      { artifactType: 'text/x-sbom', attached: true },
    ],
  ])(
    'that is %s tells of its pull with its size and type, and whether it is attached',
    async (tag, facts, told) => {
      berth.facts.manifestFacts.set(tag, facts);
      await send('PUT', `/v2/${NAME}/manifests/${tag}`, {
        body: manifest,
        headers: { 'content-type': MEDIA_TYPES.ociManifest },
      });
      const pulled = Promise.withResolvers<CloudEvent>();
      const subscription = berth.bus.bus.listen('webhook-dispatcher', 'artifact.pulled', async (event) =>
        pulled.resolve(event),
      );
      await waitUntil(async () => {
        await (await send('GET', `/v2/${NAME}/manifests/${tag}`)).arrayBuffer();
        return await Promise.race([pulled.promise, pause(50)]);
      });
      subscription.stop();
      const { subject, data } = await pulled.promise;
      expect(subject).toBe(`${NAME}:${tag}`);
      expect(data).toEqual({
        ...{ registry: 'acme', registryId: 'r1', image: 'web', tag, digest: manifestDigest },
        ...{ mediaType: MEDIA_TYPES.ociManifest, size: manifest.length + 1_000, ...told },
        ...{ actor: { id: 'ann', kind: 'user', name: 'ann' }, via: 'docker', address: '127.0.0.1' },
        sequence: expect.any(Number),
      });
    },
  );

  test('is a copy by the label of a robot only: a person hides no push from replication', async () => {
    const access = [repositoryScope(NAME, 'pull', 'push')];
    const robot = `Bearer ${await berth.token('acme+copier', access, 'robot')}`;
    const put = (authorization: string, headers = {}) =>
      send('PUT', `/v2/${NAME}/manifests/labelled`, {
        ...{ authorization, body: manifest },
        headers: { 'content-type': MEDIA_TYPES.ociManifest, ...headers },
      });
    const label = { 'berth-replication': '1' };
    berth.facts.doors.length = 0;
    for (const answer of [put(bearer, label), put(robot), put(robot, label)])
      expect((await answer).status).toBe(201);
    expect(berth.facts.doors.toSorted()).toEqual(['docker', 'docker', 'replication']);
  });

  test('comes back as it was pushed, by tag and digest, and tells of its tags', async () => {
    const put = await send('PUT', `/v2/${NAME}/manifests/${manifestDigest}?tag=v1&tag=v2`, {
      body: manifest,
      headers: { 'content-type': MEDIA_TYPES.ociManifest },
    });
    expect([put.status, put.headers.get('oci-tag')]).toEqual([201, 'v1, v2']);
    for (const reference of ['v1', 'v2', manifestDigest]) {
      const answer = await send('GET', `/v2/${NAME}/manifests/${reference}`, {
        headers: { accept: 'text/plain' },
      });
      expect(answer.headers.get('content-type')).toBe(MEDIA_TYPES.ociManifest);
      expect(answer.headers.get('docker-content-digest')).toBe(manifestDigest);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(manifest);
    }
    const known = { headers: { 'if-none-match': `"${manifestDigest}"` } };
    expect((await send('GET', `/v2/${NAME}/manifests/v1`, known)).status).toBe(304);
    expect((await send('HEAD', `/v2/${NAME}/manifests/v1`, known)).status).toBe(304);
    const head = await send('HEAD', `/v2/${NAME}/manifests/v1`);
    expect(head.headers.get('content-length')).toBe(String(manifest.length));
    expect((await send('DELETE', `/v2/${NAME}/manifests/v1`)).status).toBe(202);
    expect((await send('GET', `/v2/${NAME}/manifests/v1`)).status).toBe(404);
    const deleted = await send('DELETE', `/v2/${NAME}/manifests/${manifestDigest}`);
    expect([deleted.status, deleted.headers.get('docker-content-digest')]).toEqual([202, manifestDigest]);
  });

  test('larger than 4 MiB is refused as too large', async () => {
    const body = new Uint8Array(4 * 1024 * 1024 + 1);
    const answer = await send('PUT', `/v2/${NAME}/manifests/big`, { body });
    expect([answer.status, await codeOf(answer)]).toEqual([413, 'SIZE_INVALID']);
  });
});

describe('lists', () => {
  test('of tags page with a Link', async () => {
    const page = await send('GET', `/v2/${NAME}/tags/list?n=2`);
    expect(await page.json()).toEqual({ name: NAME, tags: ['a', 'b'] });
    expect(page.headers.get('link')).toBe(`</v2/${NAME}/tags/list?n=2&last=b>; rel="next"`);
    const last = await send('GET', `/v2/${NAME}/tags/list?n=2&last=b`);
    expect([await last.json(), last.headers.get('link')]).toEqual([{ name: NAME, tags: ['c'] }, null]);
  });

  test.each(['0', '-1', 'x', ''])('n=%s is refused', async (n) => {
    const answer = await send('GET', `/v2/${NAME}/tags/list?n=${n}`);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
  });

  test('of referrers are an index, also an empty one, and say that they are filtered', async () => {
    const answer = await send('GET', `/v2/${NAME}/referrers/${MISSING}?artifactType=a/b`);
    expect(answer.headers.get('content-type')).toBe(MEDIA_TYPES.ociIndex);
    expect(answer.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await answer.json()).toEqual({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] });
  });
});

describe('errors', () => {
  test.each([
    ['GET', '/v2/web/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/Acme/web/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/acme%2Fweb/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/acme/../web/tags/list', 400, 'NAME_INVALID'],
    ['GET', `/v2/${NAME}/blobs/sha256:x`, 400, 'DIGEST_INVALID'],
    ['GET', `/v2/${NAME}/blobs/${MISSING}`, 404, 'BLOB_UNKNOWN'],
    ['GET', `/v2/${NAME}/manifests/sha256:x`, 400, 'DIGEST_INVALID'],
    ['GET', `/v2/${NAME}/manifests/none`, 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/${NAME}/blobs/uploads/none`, 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['GET', `/v2/${NAME}/nothing`, 404, 'NOT_FOUND'],
    ['PUT', `/v2/${NAME}/tags/list`, 405, 'UNSUPPORTED'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    // fetch tidies dots away; they are sent as they stand.
    const answer = await send(method, path.replace('/../', '/%2e%2e/'));
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  });
});

describe('access', () => {
  const blob = `/v2/${NAME}/blobs/${digest}`;
  const uploads = `/v2/${NAME}/blobs/uploads/`;

  test('without credentials is challenged with what a token needs', async () => {
    const answer = await send('GET', blob, { authorization: null });
    expect([answer.status, await codeOf(answer)]).toEqual([401, 'UNAUTHORIZED']);
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="${berth.origins[0]}/token",service="berth",scope="repository:${NAME}:pull"`,
    );
  });

  test.each([
    [
      'POST',
      `${uploads}?mount=${digest}&from=acme/base`,
      `repository:${NAME}:pull,push repository:acme/base:pull`,
    ],
    ['DELETE', blob, `repository:${NAME}:delete`],
    ['GET', '/v2/_catalog', 'registry:catalog:*'],
  ])('%s %s asks for %s', async (method, path, scope) => {
    const answer = await send(method, path, { authorization: null });
    expect(answer.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
  });

  test('by a token without the scope is refused with the missing role', async () => {
    const authorization = `Bearer ${await berth.token('eve', [repositoryScope('acme/else', 'pull')])}`;
    const answer = await send('GET', blob, { authorization });
    const challenge = answer.headers.get('www-authenticate');
    expect(answer.status).toBe(401);
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toMatch(/error_description="[^"]*viewer[^"]*"/);
  });

  test('by a token that is none is refused', async () => {
    const answer = await send('GET', blob, { authorization: 'Bearer abc.def.ghi' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test.each([
    ['dev', 'GET', blob, 200],
    ['dev', 'POST', uploads, 202],
    ['dev', 'DELETE', `/v2/${NAME}/manifests/x`, 403],
    ['reader', 'GET', blob, 200],
    ['reader', 'HEAD', blob, 200],
    ['reader', 'POST', uploads, 403],
    ['uploader', 'HEAD', blob, 200],
    ['uploader', 'GET', blob, 403],
    ['uploader', 'POST', uploads, 202],
    ['nobody', 'GET', blob, 401],
    ['dev', 'GET', '/v2/', 200],
    ['nobody', 'GET', '/v2/', 401],
  ])('by Basic of %s: %s %s is %i', async (name, method, path, status) => {
    const answer = await send(method, path, { authorization: basic(name) });
    expect(answer.status).toBe(status);
  });

  test('by Basic without the role says which one is missing', async () => {
    const answer = await send('POST', uploads, { authorization: basic('reader') });
    const body = (await answer.json()) as { errors: { code: string; message: string }[] };
    expect(body.errors[0]?.code).toBe('DENIED');
    expect(body.errors[0]?.message).toMatch(/uploader/);
  });

  test('of the public is to what is public', async () => {
    const answer = await send('GET', `/v2/open/web/blobs/${digest}`, { authorization: null });
    expect(answer.status).toBe(200);
    expect((await send('GET', '/v2/', { authorization: null })).status).toBe(401);
  });

  test('granted to Basic is remembered for a moment', async () => {
    await send('GET', blob, { authorization: basic('dev') });
    const asked = berth.facts.calls.get('grantScopes');
    for (let i = 0; i < 3; i++) await send('GET', blob, { authorization: basic('dev') });
    expect(berth.facts.calls.get('grantScopes')).toBe(asked);
  });

  test('given to Basic after a refusal counts at once', async () => {
    const authorization = basic('late');
    berth.facts.grants.set('late', [repositoryScope(NAME, 'pull')]);
    expect((await send('POST', uploads, { authorization })).status).toBe(403);
    berth.facts.grants.set('late', [repositoryScope(NAME, 'pull', 'push')]);
    expect((await send('POST', uploads, { authorization })).status).toBe(202);
  });
});

test('while the bus is away every answer is 503 with the reason, and afterwards all is well', async () => {
  await berth.bus.nats.kill();
  const answer = await send('GET', `/v2/${NAME}/manifests/none`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).not.toBeNull();
  await berth.bus.nats.restart();
});
