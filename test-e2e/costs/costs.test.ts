import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { digestOf } from '@berth/oci';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { type Cost, costOf, leastCostOf } from './cost-meter.ts';

describe('the cost of a request (docs/BENCHMARKS.md)', () => {
  /** Each of five layers and a config. */
  const images = [1, 2, 3].map(() => buildImage({ layers: randomLayers(5, 10_000) }));
  const [image = buildImage({ layers: [] })] = images;
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
  });

  afterAll(async () => {
    await client?.close();
    await product?.stop();
  });

  /** HEAD, POST, PATCH and PUT for each blob, then the manifest. */
  const pushAsDocker = (manifest: typeof image, tag: string) =>
    pushManifest(client, 'acme/web', { manifest, tag, method: 'patch' });

  test('a push of six blobs as docker does it stays below 40 RPCs, 40 writes and 15 commits, all services together', async () => {
    const cost = await leastCostOf(
      product,
      images.map((one, index) => () => pushAsDocker(one, `1.${index}`)),
    );
    // The meter counts: every blob is begun and completed, the manifest is put.
    expect(cost.byMethod).toMatchObject({
      'metadata.statBlob': 6,
      'metadata.startUpload': 6,
      'metadata.commitUpload': 6,
      'metadata.putManifest': 1,
    });
    expect(cost.byService.metadata?.documentWrites).toBeGreaterThan(6);
    expect(cost.byService.metadata?.durableCommits).toBeGreaterThan(0);
    expectToTakeEvents(cost, 2);
    expect(cost.rpcs).toBeLessThan(40);
    expect(cost.documentWrites).toBeLessThan(40);
    expect(cost.durableCommits).toBeLessThan(15);
  });

  /** Each leaves its entry in the audit log and moves the webhooks' place in the stream, where these services count. */
  function expectToTakeEvents({ byService }: Cost, events: number): void {
    const { 'auth-token': audit, 'webhook-dispatcher': follower } = byService;
    if (audit !== undefined) {
      expect(audit.documentWrites).toBeGreaterThanOrEqual(events);
      expect(audit.documentWrites).toBeLessThanOrEqual(events === 0 ? 0 : events + 1);
      expect(audit.durableCommits).toBeLessThanOrEqual(events);
    }
    if (follower !== undefined) {
      // Its place is nothing that may not be found again.
      expect(follower.durableCommits).toBe(0);
    }
  }

  type Work = () => Promise<unknown>;

  interface CostCase {
    readonly request: string;
    readonly rpcs: number;
    /** In metadata, as `commits`. */
    readonly documents: number;
    readonly commits: number;
    /** That it tells, which cost the audit log and the webhooks something; default: none. */
    readonly events?: number;
    /** Does what must come before, and answers with what is measured. */
    readonly prepare: () => Promise<Work>;
  }

  /** In this order: one goes on from what another left. None pulls. */
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
      ...{ rpcs: 1, documents: 5, commits: 2, events: 2 },
      async prepare() {
        for (const blob of next.blobs) await pushBlob(blob, 'post');
        return () => client.manifests.put('acme/web', 'next', next);
      },
    },
    {
      request: 'PUT of a manifest that is there, under another tag',
      ...{ rpcs: 1, documents: 3, commits: 1, events: 2 },
      prepare: async () => () => client.manifests.put('acme/web', 'again', image),
    },
    {
      request: 'PUT of what the tag has already',
      ...{ rpcs: 1, documents: 1, commits: 1, events: 1 },
      prepare: async () => () => client.manifests.put('acme/web', '1.0', image),
    },
    {
      request: 'a page of tags',
      ...{ rpcs: 1, documents: 0, commits: 0 },
      prepare: async () => () => client.lists.tags('acme/web', { pageSize: 2 }).next(),
    },
    {
      request: 'DELETE of a tag',
      ...{ rpcs: 1, documents: 2, commits: 1, events: 1 },
      prepare: async () => () => client.manifests.delete('acme/web', 'again'),
    },
    {
      request: 'DELETE of an artifact with a tag and two blobs',
      ...{ rpcs: 1, documents: 8, commits: 3, events: 2 },
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
      const { metadata = cost } = cost.byService;
      expect(metadata.documentWrites).toBeLessThanOrEqual(given.documents);
      expect(metadata.durableCommits).toBeLessThanOrEqual(given.commits);
      expectToTakeEvents(cost, given.events ?? 0);
    },
  );

  test('a manifest by tag or digest is one RPC and no write', async () => {
    // The first pull of the day is noted, with the others that come soon.
    await client.manifests.get('acme/web', '1.0');
    for (const reference of ['1.0', image.digest]) {
      const get = () => client.manifests.get('acme/web', reference);
      const cost = await leastCostOf(product, [get, get, get]);
      expect(cost).toMatchObject({ rpcs: 1, documentWrites: 0, durableCommits: 0 });
    }
  });

  async function getBlob(digest: string) {
    const { stream } = await client.blobs.get('acme/web', digest);
    for await (const _piece of stream);
  }

  test('a blob by itself is one RPC and no write', async () => {
    const bytes = randomBytes(1_000);
    await pushBlob(bytes, 'post');
    const get = () => getBlob(digestOf(bytes));
    const cost = await leastCostOf(product, [get, get]);
    expect(cost).toMatchObject({ rpcs: 1, documentWrites: 0, durableCommits: 0 });
  });

  test('a pull of a manifest and its six blobs is one RPC and no write', async () => {
    const digests = image.blobs.map((bytes) => digestOf(bytes));
    const pull = async () => {
      await client.manifests.get('acme/web', '1.0');
      for (const digest of digests) await getBlob(digest);
    };
    const cost = await leastCostOf(product, [pull, pull, pull]);
    expect(digests).toHaveLength(6);
    expect(cost).toMatchObject({ rpcs: 1, documentWrites: 0, durableCommits: 0 });
  });

  function pushBlob(bytes: Uint8Array, method: 'post' | 'postPut') {
    const open = (start: number, end: number) => Readable.from([bytes.subarray(start, end)]);
    return client.blobs.push('acme/web', digestOf(bytes), { sizeBytes: bytes.length, open }, { method });
  }

  test('the dashboard, the alert rules and the page for operators name metrics that there are', async () => {
    const pages = await Promise.all(
      (await product.processes())
        .filter(({ name }) => name !== 'gateway' && name !== 'nats-server')
        .map(async ({ port }) => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    );
    const exported = new Set([...pages.join('\n').matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
    exported.add('berth_trace_spans_total'); // only where spans are sent
    const root = join(import.meta.dirname, '../..');
    for (const file of [
      'deploy/monitoring/alerts.yaml',
      'deploy/monitoring/dashboard.json',
      'docs/OPERATING.md',
    ]) {
      const text = await readFile(join(root, file), 'utf8');
      const asked = [...text.matchAll(/\b((?:berth|process|nodejs)_[a-z0-9_]+)\b/g)].map(([, name = '']) =>
        name.replace(/_(?:bucket|count|sum)$/, ''),
      );
      expect(asked.length).toBeGreaterThan(5);
      expect([...new Set(asked)].filter((name) => !exported.has(name))).toEqual([]);
    }
  });
});
