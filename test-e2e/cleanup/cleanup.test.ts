import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callManagement, type ManagementRequest } from '../access/management-client.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { pushSmallImage } from '../support/small-image.ts';

let product: BerthProduct;
let client: RegistryClient;
beforeAll(async () => {
  product = await startBerthProduct();
  const { origin, username, password } = product;
  client = createRegistryClient({ url: origin, credentials: { username, password } });
  await product.createRegistry('acme');
});
afterAll(async () => {
  await client?.close();
  await product?.stop();
});

const call = (operation: Parameters<typeof callManagement>[1], request: ManagementRequest = {}) =>
  callManagement(product.origin, operation, request, basic(product.username, product.password));
const isThere = async (tag: string) => (await client.manifests.head('acme/web', tag)) !== null;
const survivors = async (tags: readonly string[]) => {
  const found = await Promise.all(tags.map(isThere));
  return tags.filter((_, index) => found[index]);
};

async function run(policy: string, dryRun: boolean): Promise<{ state: string; counts: object; id: string }> {
  const started = await call('startCleanupRun', { params: { id: policy }, body: { dryRun } });
  expect(started.status).toBe(202);
  const params = { id: started.body.id };
  return await waitUntil(
    async () => {
      const { body } = await call('getCleanupRun', { params });
      return ['waiting', 'running'].includes(body.state) ? null : body;
    },
    { timeoutMs: 30_000, what: 'the end of a cleanup run' },
  );
}

test('a policy deletes old images as its dry run said, and what stays can be pulled', async () => {
  const tags = ['v1', 'v2', 'v3', 'v4', 'stable'];
  for (const tag of tags) await pushSmallImage(product, 'acme/web', tag);
  const created = await call('createCleanupPolicy', {
    body: {
      registry: 'acme',
      name: 'tidy',
      tags: { match: ['v*'] },
      keep: [{ rule: 'latestPushed', count: 2 }],
    },
  });
  expect(created.status).toBe(201);
  const policy = created.body.id;

  const dry = await run(policy, true);
  expect(dry).toMatchObject({ state: 'succeeded', counts: { images: 1, artifacts: 5, kept: 3, deleted: 2 } });
  expect(await survivors(tags)).toEqual(tags);

  // A pull of what is to go does not save it from a rule that counts pushes; a protection policy does.
  const protection = await call('createProtectionPolicy', {
    body: { registry: 'acme', name: 'first', tags: { match: ['v1'] } },
  });
  expect(protection.status).toBe(201);
  const real = await run(policy, false);
  expect(real).toMatchObject({ state: 'succeeded', counts: { kept: 4, deleted: 1 } });
  expect(await survivors(tags)).toEqual(['v1', 'v3', 'v4', 'stable']);
  for (const tag of ['v1', 'v3', 'v4', 'stable'])
    expect((await client.manifests.get('acme/web', tag)).bytes.byteLength).toBeGreaterThan(0);

  const decisions = await call('listCleanupDecisions', {
    params: { id: real.id },
    query: { outcome: 'deleted' },
  });
  expect(decisions.body.items).toMatchObject([
    { image: 'web', tags: ['v2'], rule: 'notKept', policy: 'tidy' },
  ]);
  await waitUntil(
    async () => {
      const audit = await call('listAudit', { query: { registry: 'acme', limit: '100' } });
      const entries: { action: string; detail: { via: string } }[] = audit.body.items;
      const isTold = (action: string, door = 'cleanup') =>
        entries.some((entry) => entry.action === action && entry.detail.via === door);
      const isCleanUpTold = isTold('artifact.deleted') && isTold('tag.deleted');
      return isCleanUpTold && isTold('cleanup.started', 'api') && isTold('cleanup.completed');
    },
    { what: 'the audit log of the cleanup' },
  );
});

test('the policies of a registry that is deleted go with it', async () => {
  await product.createRegistry('gone');
  const keep = [{ rule: 'always' }];
  const { body } = await call('createCleanupPolicy', { body: { registry: 'gone', name: 'tidy', keep } });
  expect((await call('deleteRegistry', { params: { registry: 'gone' } })).status).toBe(204);
  const { status } = await call('getCleanupPolicy', { params: { id: body.id } });
  expect(status).toBe(404);
});
