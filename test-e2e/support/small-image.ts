import { createRegistryClient } from '@berth/registry-client';
import { type BuiltManifest, buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { type BerthProduct, basic } from './berth-product.ts';

/** Pushes an image of one small layer under a tag. */
export async function pushSmallImage(
  product: BerthProduct,
  repository: string,
  tag: string,
): Promise<BuiltManifest> {
  const { username, password } = product;
  const client = createRegistryClient({ url: product.origin, credentials: { username, password } });
  const manifest = buildImage({ layers: randomLayers(1, 5_000) });
  await pushManifest(client, repository, { manifest, tag });
  await client.close();
  return manifest;
}

/** A Bearer token of the admin for these scopes. */
export async function fetchToken(product: BerthProduct, ...scopes: readonly string[]): Promise<string> {
  const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&');
  const answer = await fetch(`${product.origin}/token?service=berth&${query}`, {
    headers: { authorization: basic(product.username, product.password) },
  });
  if (answer.status !== 200) throw new Error(`token: ${answer.status} ${await answer.text()}`);
  return String(JSON.parse(await answer.text()).token);
}
