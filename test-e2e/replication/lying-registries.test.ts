import { digestOf } from '@berth/oci';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { type BuiltManifest, buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Region, startRegion } from './regions.ts';
import { type ScriptedRegistry, startScriptedRegistry } from './scripted-registry.ts';

jest.setTimeout(120_000);

const SECRET = 'the-secret-of-the-endpoint';

let region: Region;
let scripted: ScriptedRegistry;
let image: BuiltManifest;
let registries = 0;

beforeAll(async () => {
  region = await startRegion({ retryPause: '10ms' });
}, 120_000);
afterAll(() => region?.stop());
beforeEach(async () => {
  scripted = await startScriptedRegistry();
  image = buildImage({ layers: randomLayers(1, 50_000) });
});
afterEach(() => scripted?.close());

async function newRegistry(): Promise<string> {
  registries += 1;
  await region.product.createRegistry(`r${registries}`);
  return `r${registries}`;
}

const makePolicy = (policy: object) =>
  region.replication.makePolicy(
    { url: `http://127.0.0.1:${scripted.port}`, username: 'copier', secret: SECRET },
    { remoteRegistry: 'acme', ...policy },
  );

/** Nobody but the host of the endpoint was told the secret. */
function keepsSecret(): void {
  const strangers = scripted.asked.filter(({ host }) => host !== `127.0.0.1:${scripted.port}`);
  expect(strangers.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
}

describe('a destination', () => {
  async function push() {
    const registry = await newRegistry();
    await pushManifest(region.client, `${registry}/web`, { manifest: image, tag: '1.0' });
    const { run, tasks } = await region.replication.run(await makePolicy({ registry, direction: 'push' }));
    return { run, task: tasks[0] };
  }

  test.each([
    { status: 429, method: 'PATCH' },
    { status: 503, method: 'POST' },
  ])(
    'that answers a $method once with $status and Retry-After: 2 is left alone so long, then all arrives',
    async ({ status, method }) => {
      let refusedAt = 0;
      scripted.misbehave((request, response) => {
        if (refusedAt > 0 || request.method !== method) return false;
        refusedAt = Date.now();
        response.writeHead(status, { 'retry-after': '2' }).end();
        return true;
      });
      const { run, task } = await push();
      expect(run.state).toBe('succeeded');
      expect(task).toMatchObject({ state: 'copied', tries: 1 });
      expect(task.reason ?? '').not.toContain(SECRET);
      // What a try begins with.
      const again = scripted.asked.find(
        ({ path, atMs }) => path.endsWith('/manifests/1.0') && atMs > refusedAt,
      );
      expect((again?.atMs ?? 0) - refusedAt).toBeGreaterThanOrEqual(2_000);
      expect(scripted.manifests.get('1.0')?.bytes.equals(image.bytes)).toBe(true);
    },
  );

  test('that has an upload go on at another host is not followed there', async () => {
    scripted.misbehave((request, response) => {
      if (request.method !== 'POST' || !request.headers.authorization) return false;
      response.writeHead(202, { location: `http://localhost:${scripted.port}/elsewhere` }).end();
      return true;
    });
    const { task } = await push();
    expect(task).toMatchObject({ state: 'failed', tries: 1 });
    expect(task.reason).toContain(`http://localhost:${scripted.port}`);
    expect(scripted.asked.filter(({ host }) => host.startsWith('localhost'))).toEqual([]);
    expect(scripted.manifests.size).toBe(0);
  });

  test('that says of a manifest that it has another digest keeps no tag of it', async () => {
    scripted.misbehave((request, response) => {
      if (request.method !== 'PUT' || !request.url?.includes('/manifests/')) return false;
      response.writeHead(201, { 'docker-content-digest': digestOf(Buffer.from('another')) }).end();
      return true;
    });
    const { task } = await push();
    expect(task).toMatchObject({ state: 'failed', tries: 1 });
    expect(scripted.asked.filter(({ method, path }) => method === 'PUT' && path.endsWith('/1.0'))).toEqual(
      [],
    );
  });
});

describe('a source', () => {
  let berth: RegistryClient;
  beforeAll(() => {
    const { origin, username, password } = region.product;
    berth = createRegistryClient({ url: origin, credentials: { username, password } });
  });
  afterAll(() => berth?.close());

  async function pull() {
    const registry = await newRegistry();
    scripted.hold('1.0', image);
    const { tasks } = await region.replication.run(
      await makePolicy({ registry, direction: 'pull', images: { match: ['web'] } }),
    );
    return { task: tasks[0], repository: `${registry}/web` };
  }

  test('that behaves is copied from', async () => {
    const { task, repository } = await pull();
    expect(task).toMatchObject({ state: 'copied' });
    expect((await berth.manifests.head(repository, '1.0'))?.digest).toBe(image.digest);
  });

  const layer = () => image.blobs[1] ?? Buffer.alloc(0);
  const other = () => Buffer.alloc(layer().length, 'x');
  test.each([
    [
      'another manifest than that of the digest',
      '/manifests/sha256:',
      () => Buffer.from(`${image.bytes.toString().replace('amd64', 'arm64')} `),
    ],
    ['other bytes than those of a blob', 'layer', other],
    ['fewer bytes of a blob than it has', 'layer', () => layer().subarray(0, 1_000)],
    ['more bytes of a blob than it has', 'layer', () => Buffer.concat([layer(), layer()])],
  ])('that gives %s: the task says so, and nothing of it is here', async (_, where, bytes) => {
    scripted.misbehave((request, response) => {
      const place = where === 'layer' ? digestOf(layer()) : where;
      const isAsked = request.method === 'GET' && decodeURIComponent(request.url ?? '').includes(place);
      if (!isAsked || !request.headers.authorization) return false;
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end(bytes());
      return true;
    });
    const { task, repository } = await pull();
    expect(task.state).toBe('failed');
    expect(task.reason).toMatch(/digest|sha256|size|bytes/i);
    expect(task.reason).not.toContain(SECRET);
    expect(await berth.manifests.head(repository, '1.0')).toBeNull();
    expect(await berth.manifests.head(repository, image.digest)).toBeNull();
    expect(await berth.blobs.head(repository, digestOf(layer()))).toBeNull();
  });

  test('that sends a blob on to another host tells that one no credentials', async () => {
    scripted.misbehave((request, response) => {
      const isElsewhere = request.headers.host !== `127.0.0.1:${scripted.port}`;
      if (isElsewhere) {
        response.writeHead(200).end(layer());
        return true;
      }
      const isLayer = decodeURIComponent(request.url ?? '').includes(digestOf(layer()));
      if (request.method !== 'GET' || !isLayer || !request.headers.authorization) return false;
      response.writeHead(307, { location: `http://localhost:${scripted.port}/storage` }).end();
      return true;
    });
    const { task } = await pull();
    expect(task).toMatchObject({ state: 'copied' });
    expect(scripted.asked.some(({ path }) => path === '/storage')).toBe(true);
    keepsSecret();
  });
});

test('the replicator has outlived all of them', async () => {
  expect((await region.product.process('replicator')).deaths).toBe(0);
});
