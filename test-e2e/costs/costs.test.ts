import { digestOf } from '@berth/oci';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { costOf } from './cost-meter.ts';

jest.setTimeout(60_000);

describe('the cost of a request (docs/ARCHITECTURE.md)', () => {
  /** Five layers and a config. */
  const image = buildImage({ layers: randomLayers(5, 10_000) });
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

  test('a manifest by tag or digest is one RPC and no write', async () => {
    // The first pull of the day is noted, with the others that come soon.
    await client.manifests.get('acme/web', '1.0');
    for (const reference of ['1.0', image.digest]) {
      const cost = await costOf(product, () => client.manifests.get('acme/web', reference));
      expect(cost).toMatchObject({ rpcs: 1, documentWrites: 0, durableCommits: 0 });
    }
  });

  test('a blob is one RPC and no write', async () => {
    const [, layer = Buffer.alloc(0)] = image.blobs;
    const cost = await costOf(product, async () => {
      const { stream } = await client.blobs.get('acme/web', digestOf(layer));
      for await (const _piece of stream);
    });
    expect(cost).toMatchObject({ rpcs: 1, documentWrites: 0, durableCommits: 0 });
  });
});
