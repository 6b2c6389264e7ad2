import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createManagementClient } from '@berth/management-client';
import { digestOf } from '@berth/oci';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { costOf, durableCommitsOf } from './cost-meter.ts';

jest.setTimeout(60_000);

describe('the cost of a request (docs/ARCHITECTURE.md)', () => {
  /** Five layers and a config. */
  const image = buildImage({ layers: randomLayers(5, 10_000) });
  const [, layer = Buffer.alloc(0)] = image.blobs;
  const layerDigest = digestOf(layer);
  const next = buildImage({ layers: randomLayers(1, 100) });
  let product: BerthProduct;
  let client: RegistryClient;

  beforeAll(async () => {
    product = await startBerthProduct();
    await product.createRegistry('acme');
    const { origin, username, password } = product;
    client = createRegistryClient({ url: origin, credentials: { username, password } });
    // So that the token and the registry are known, as in a build that goes on.
    await pushAsDocker(buildImage({ layers: randomLayers(1, 100) }), 'warm-up');
  }, 120_000);

  afterAll(async () => {
    await client?.close();
    await product?.stop();
  });

  /** HEAD, POST, PATCH and PUT for each blob, then the manifest. */
  const pushAsDocker = (manifest: typeof image, tag: string) =>
    pushManifest(client, 'acme/web', { manifest, tag, method: 'patch' });

  test('a push of six blobs as docker does it stays below 40 RPCs, 40 writes and 15 commits', async () => {
    const cost = await costOf(product, () => pushAsDocker(image, '1.0'));
    // The meter counts: every blob is begun and completed, the manifest is put.
    expect(cost.byMethod).toMatchObject({
      'metadata.statBlob': 6,
      'metadata.startUpload': 6,
      'metadata.commitUpload': 6,
      'metadata.putManifest': 1,
    });
    expect(cost.documentWrites).toBeGreaterThan(6);
    expect(cost.durableCommits).toBeGreaterThan(0);
    expect(cost.rpcs).toBeLessThan(40);
    expect(cost.documentWrites).toBeLessThan(40);
    expect(cost.durableCommits).toBeLessThan(15);
  });

  test('a push costs auth-token one commit at most, for all its events', async () => {
    const PUSHES = 10;
    const { origin, username, password } = product;
    const api = createManagementClient({ origin, credential: { kind: 'basic', username, password } });
    const before = await durableCommitsOf(product, 'auth-token');
    for (let n = 1; n <= PUSHES; n++) await client.manifests.put('acme/audited', `t${n}`, await pushed(n));
    await waitUntil(async () => {
      const { items } = (await api.call('listAudit', { query: { registry: 'acme', limit: 500 } })).body;
      const ofPushes = items.filter(({ object }) => object.name.startsWith('acme/audited:'));
      return ofPushes.length === 2 * PUSHES;
    });
    const commits = await waitUntil(async () => {
      const spent = (await durableCommitsOf(product, 'auth-token')) - before;
      return spent > 0 ? spent : undefined;
    });
    // One for what came before.
    expect(commits).toBeLessThanOrEqual(PUSHES + 1);
  });

  async function pushed(n: number) {
    const small = buildImage({ layers: randomLayers(1, 100 + n) });
    for (const blob of small.blobs)
      await client.blobs.push('acme/audited', digestOf(blob), {
        sizeBytes: blob.length,
        open: (start, end) => Readable.from([blob.subarray(start, end)]),
      });
    return small;
  }

  type Work = () => Promise<unknown>;

  interface CostCase {
    readonly request: string;
    readonly rpcs: number;
    readonly documents: number;
    readonly commits: number;
    /** Does what must come before, and answers with what is measured. */
    readonly prepare: () => Promise<Work>;
  }

  /** In this order: one goes on from what another left. None pulls, which is noted in writes later than the answer. */
  const cases: CostCase[] = [
    {
      request: 'HEAD of a blob',
      ...{ rpcs: 1, documents: 0, commits: 0 },
      prepare: async () => () => client.blobs.head('acme/web', layerDigest),
    },
    {
      request: 'POST of an upload',
      ...{ rpcs: 1, documents: 1, commits: 0 },
      prepare: async () => () => client.uploads.start('acme/web'),
    },
    {
      request: 'PATCH',
      ...{ rpcs: 1, documents: 1, commits: 0 },
      async prepare() {
        const upload = await client.uploads.start('acme/web');
        return () => client.uploads.patch(upload, randomBytes(100));
      },
    },
    {
      request: 'PUT after PATCH',
      ...{ rpcs: 1, documents: 3, commits: 1 },
      async prepare() {
        const bytes = randomBytes(100);
        const upload = await client.uploads.patch(await client.uploads.start('acme/web'), bytes);
        return () => client.uploads.finish(upload, digestOf(bytes));
      },
    },
    {
      request: 'POST and PUT with the bytes',
      ...{ rpcs: 2, documents: 4, commits: 1 },
      prepare: async () => () => pushBlob(randomBytes(100), 'postPut'),
    },
    {
      request: 'POST alone',
      ...{ rpcs: 2, documents: 4, commits: 1 },
      prepare: async () => () => pushBlob(randomBytes(100), 'post'),
    },
    {
      request: 'mount',
      ...{ rpcs: 1, documents: 1, commits: 1 },
      prepare: async () => () => client.blobs.mount('acme/other', layerDigest, 'acme/web'),
    },
    {
      request: 'PUT of a manifest under a new tag',
      ...{ rpcs: 1, documents: 5, commits: 2 },
      async prepare() {
        for (const blob of next.blobs) await pushBlob(blob, 'post');
        return () => client.manifests.put('acme/web', 'next', next);
      },
    },
    {
      request: 'PUT of a manifest that is there, under another tag',
      ...{ rpcs: 1, documents: 3, commits: 1 },
      prepare: async () => () => client.manifests.put('acme/web', '1.1', image),
    },
    {
      request: 'PUT of what the tag has already',
      ...{ rpcs: 1, documents: 1, commits: 1 },
      prepare: async () => () => client.manifests.put('acme/web', '1.0', image),
    },
    {
      request: 'a page of tags',
      ...{ rpcs: 1, documents: 0, commits: 0 },
      prepare: async () => () => client.lists.tags('acme/web', { pageSize: 2 }).next(),
    },
    {
      request: 'DELETE of a tag',
      ...{ rpcs: 1, documents: 2, commits: 1 },
      prepare: async () => () => client.manifests.delete('acme/web', '1.1'),
    },
    {
      request: 'DELETE of an artifact with a tag',
      ...{ rpcs: 1, documents: 5, commits: 3 },
      prepare: async () => () => client.manifests.delete('acme/web', next.digest),
    },
  ];

  test.each(cases)(
    '$request costs at most $rpcs RPCs, $documents documents and $commits commits',
    async (given) => {
      const work = await given.prepare();
      const cost = await costOf(product, work);
      // Not fewer than the RPCs that it takes: the meter would be blind.
      expect(cost.rpcs).toBe(given.rpcs);
      expect(cost.documentWrites).toBeLessThanOrEqual(given.documents);
      expect(cost.durableCommits).toBeLessThanOrEqual(given.commits);
    },
  );

  test('a manifest by tag or digest is one RPC and no write', async () => {
    // The first pull of the day is noted, with the others that come soon.
    await client.manifests.get('acme/web', '1.0');
    for (const reference of ['1.0', image.digest]) {
      const cost = await costOf(product, () => client.manifests.get('acme/web', reference));
      expect(cost).toMatchObject({ rpcs: 1, documentWrites: 0, durableCommits: 0 });
    }
  });

  test('a blob is one RPC and no write', async () => {
    const cost = await costOf(product, async () => {
      const { stream } = await client.blobs.get('acme/web', layerDigest);
      for await (const _piece of stream);
    });
    expect(cost).toMatchObject({ rpcs: 1, documentWrites: 0, durableCommits: 0 });
  });

  function pushBlob(bytes: Uint8Array, method: 'post' | 'postPut') {
    const open = (start: number, end: number) => Readable.from([bytes.subarray(start, end)]);
    return client.blobs.push('acme/web', digestOf(bytes), { sizeBytes: bytes.length, open }, { method });
  }
});
