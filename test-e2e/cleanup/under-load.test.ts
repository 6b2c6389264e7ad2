import type { RegistryClient } from '@berth/registry-client';
import { type BuiltManifest, buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callManagement, type ManagementRequest } from '../access/management-client.ts';
import { clientOf, verifyBlobs } from '../faults/workload.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { pause } from '../support/pause.ts';

const KEPT = 3;
const CLIENTS = 4;
const LOAD_MS = 8_000;

let product: BerthProduct;
let policy: string;
beforeAll(async () => {
  product = await startBerthProduct();
  await product.createRegistry('acme');
  const created = await call('createCleanupPolicy', {
    body: {
      ...{ registry: 'acme', name: 'tidy', tags: { match: ['v*'] }, maxDeletedShare: 1 },
      keep: [{ rule: 'latestPushed', count: KEPT }],
    },
  });
  policy = created.body.id;
});
afterAll(() => product?.stop());

const call = (operation: Parameters<typeof callManagement>[1], request: ManagementRequest = {}) =>
  callManagement(product.origin, operation, request, basic(product.username, product.password));

/** The next run, once the one before has ended. */
async function startRun(): Promise<string> {
  return await waitUntil(
    async () => {
      const { status, body } = await call('startCleanupRun', { params: { id: policy }, body: {} });
      return status === 202 ? (body.id as string) : null;
    },
    { what: 'a policy without a run' },
  );
}

async function endOf(run: string): Promise<{ state: string; counts: Record<string, number> }> {
  return await waitUntil(
    async () => {
      const { body } = await call('getCleanupRun', { params: { id: run } });
      return ['waiting', 'running'].includes(body.state) ? null : body;
    },
    { what: 'the end of a run' },
  );
}

interface Worker {
  readonly client: RegistryClient;
  readonly repository: string;
  /** What it pushed, oldest first, under `v0`, `v1`, … */
  readonly pushed: BuiltManifest[];
}

/** Pushes a version, moves `latest` to it, and pulls the versions that no rule lets go. */
async function work({ client, repository, pushed }: Worker): Promise<void> {
  const manifest = buildImage({ layers: randomLayers(2, 20_000) });
  await pushManifest(client, repository, { manifest, tag: `v${pushed.length}` });
  pushed.push(manifest);
  await client.manifests.put(repository, 'latest', manifest);
  await verifyKept({ client, repository, pushed });
}

async function verifyKept({ client, repository, pushed }: Worker): Promise<void> {
  for (const [index, { bytes }] of pushed.entries()) {
    if (index < pushed.length - KEPT) continue;
    const found = await client.manifests.get(repository, `v${index}`);
    expect(found.bytes.equals(bytes)).toBe(true);
    await verifyBlobs(client, repository, bytes);
  }
}

test('runs without a pause take nothing that a rule keeps from clients that push and pull', async () => {
  const workers = Array.from({ length: CLIENTS }, (_, index): Worker => {
    return { client: clientOf(product), repository: `acme/worker${index}`, pushed: [] };
  });
  let isLoaded = true;
  const working = workers.map(async (worker) => {
    while (isLoaded) await work(worker);
  });
  const states: string[] = [];
  const cleaning = (async () => {
    while (isLoaded) states.push((await endOf(await startRun())).state);
  })();
  await pause(LOAD_MS);
  isLoaded = false;
  await Promise.all([...working, cleaning]);

  expect(new Set(states)).toEqual(new Set(['succeeded']));
  const last = await endOf(await startRun());
  expect(last).toMatchObject({ state: 'succeeded', counts: { kept: CLIENTS * KEPT, imagesFailed: 0 } });
  for (const worker of workers) {
    const { client, repository, pushed } = worker;
    await verifyKept(worker);
    const kept = pushed.map((_, index) => `v${index}`).slice(-KEPT);
    const tags = (await Array.fromAsync(client.lists.tags(repository))).filter((tag) => tag !== 'latest');
    expect(tags.sort()).toEqual(kept.sort());
    await client.close();
  }
});

test('what cleanup deleted can be restored, and pulled', async () => {
  const { body } = await call('listDeletedInRegistry', {
    params: { registry: 'acme' },
    query: { limit: '1' },
  });
  const [deleted] = body.items;
  expect(deleted).toMatchObject({ via: 'cleanup', tags: [expect.stringMatching(/^v/)] });
  const params = { registry: 'acme', image: deleted.image, digest: deleted.digest };
  const restored = await call('restoreArtifact', { params });
  expect(restored).toMatchObject({ status: 200, body: { tags: deleted.tags, tagsElsewhere: [] } });
  const client = clientOf(product);
  const repository = `acme/${deleted.image}`;
  const found = await client.manifests.get(repository, deleted.tags[0]);
  expect(found.digest).toBe(deleted.digest);
  await verifyBlobs(client, repository, found.bytes);
  await client.close();
});

test('a run that is cancelled ends so, and the next one goes on', async () => {
  const run = await startRun();
  const { status } = await call('cancelCleanupRun', { params: { id: run } });
  const { state } = await endOf(run);
  expect([status, state]).toEqual(status === 202 ? [202, 'cancelled'] : [409, 'succeeded']);
  expect((await endOf(await startRun())).state).toBe('succeeded');
});
