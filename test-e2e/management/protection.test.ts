import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';

const REPOSITORY = 'acme/web';
const release = buildImage({ layers: randomLayers(1, 100) });
const other = buildImage({ layers: randomLayers(1, 100) });

let product: BerthProduct;
let client: RegistryClient;

const push = (manifest: typeof release, tag: string) =>
  pushManifest(client, REPOSITORY, { manifest, tag, method: 'patch' });
const digestOf = async (tag: string) => (await client.manifests.head(REPOSITORY, tag))?.digest;

beforeAll(async () => {
  product = await startBerthProduct();
  await product.createRegistry('acme');
  const { origin, username, password } = product;
  client = createRegistryClient({ url: origin, credentials: { username, password } });
  await push(release, 'v1');
  await push(other, 'latest');
  const policy = await fetch(`${origin}/api/v1/protection/policies`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ registry: 'acme', name: 'releases', tags: { match: ['v*'] } }),
  });
  expect(policy.status).toBe(201);
});

afterAll(async () => {
  await client?.close();
  await product?.stop();
});

describe('a protected tag, to clients of /v2', () => {
  const denied = {
    status: 403,
    errors: [
      {
        code: 'DENIED',
        message: expect.stringMatching(/policy "releases" protects tag "v1"/),
        detail: { tags: ['v1'], policy: 'releases' },
      },
    ],
  };

  test('is not moved, neither by its name nor by ?tag=', async () => {
    const before = await digestOf('v1');
    await expect(push(other, 'v1')).rejects.toMatchObject(denied);
    const { mediaType, bytes } = await client.manifests.get(REPOSITORY, 'latest');
    await expect(
      client.manifests.put(REPOSITORY, 'fresh', { bytes, mediaType, tags: ['v1'] }),
    ).rejects.toMatchObject(denied);
    expect(await digestOf('v1')).toBe(before);
    expect(await digestOf('fresh')).toBeUndefined();
  });

  test('is not deleted, and neither is what it points at', async () => {
    const digest = await digestOf('v1');
    await expect(client.manifests.delete(REPOSITORY, 'v1')).rejects.toMatchObject(denied);
    await expect(client.manifests.delete(REPOSITORY, digest ?? '')).rejects.toMatchObject(denied);
    expect(await digestOf('v1')).toBe(digest);
  });

  test('takes what it has already, and a new one may be made', async () => {
    await push(release, 'v1');
    await push(other, 'v2');
    expect(await digestOf('v2')).toBe(await digestOf('latest'));
  });
});

test.each([
  ['/api/v1/', 'text/html; charset=utf-8'],
  ['/api/v1/openapi.json', 'application/json'],
])('the gateway shows the API about itself at %s', async (path, type) => {
  const answer = await fetch(product.origin + path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe(type);
  expect(await answer.text()).toContain('/api/v1/protection/policies/{id}');
});
