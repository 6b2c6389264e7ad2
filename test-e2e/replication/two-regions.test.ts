import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { type Replication, replicationOf } from './replication.ts';

interface Region {
  readonly product: BerthProduct;
  readonly client: RegistryClient;
  readonly replication: Replication;
}

let east: Region;
let west: Region;
const policies = new Map<Region, string>();

async function startRegion(): Promise<Region> {
  const product = await startBerthProduct({
    env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_REPLICATION_RETRY_PAUSE: '100ms' },
  });
  const { origin, username, password } = product;
  await product.createRegistry('acme');
  const client = createRegistryClient({ url: origin, credentials: { username, password } });
  return { product, client, replication: replicationOf(product) };
}

/** Sends each push of one on to the other. */
async function connect(from: Region, to: Region): Promise<void> {
  const robot = await to.replication.call('createRobot', {
    body: { registry: 'acme', name: 'copier', role: 'maintainer' },
  });
  const endpoint = { url: to.product.origin, username: robot.username, secret: robot.secret };
  const policy = {
    registry: 'acme',
    direction: 'push',
    trigger: 'event',
    overwrite: 'always',
    deletes: 'mirror',
  };
  policies.set(from, await from.replication.makePolicy(endpoint, policy));
}

async function push(region: Region, tag: string): Promise<string> {
  const manifest = buildImage({ layers: randomLayers(2, 50_000) });
  return await pushManifest(region.client, 'acme/web', { manifest, tag });
}

const digestOf = async (region: Region, tag: string) =>
  (await region.client.manifests.head('acme/web', tag))?.digest;
const arrives = (region: Region, tag: string, digest: string) =>
  waitUntil(async () => (await digestOf(region, tag)) === digest, {
    timeoutMs: 60_000,
    what: `${tag} in the other region`,
  });
const runsOf = async (region: Region) =>
  (
    await region.replication.call('listReplicationRuns', {
      params: { id: policies.get(region) ?? '' },
      query: { limit: '500' },
    })
  ).items;

beforeAll(async () => {
  east = await startRegion();
  west = await startRegion();
  await connect(east, west);
  await connect(west, east);
});
afterAll(async () => {
  for (const region of [east, west]) {
    await region?.client.close();
    await region?.product.stop();
  }
});

test('a push in one region is in the other, and does not come back', async () => {
  const [one, two] = [await push(east, 'from-east'), await push(west, 'from-west')];
  await arrives(west, 'from-east', one);
  await arrives(east, 'from-west', two);
  // What was pushed later has arrived: a run for what came from the other would have begun before.
  await arrives(west, 'later', await push(east, 'later'));
  await arrives(east, 'later-too', await push(west, 'later-too'));
  expect([(await runsOf(east)).length, (await runsOf(west)).length]).toEqual([2, 2]);
});

test('a tag that is deleted goes in the other region as well, unless somebody set it there since', async () => {
  const remove = (region: Region, tag: string) =>
    region.replication.call('deleteTag', { params: { registry: 'acme', image: 'web', tag } });
  const [kept, gone] = [await push(east, 'kept'), await push(east, 'gone')];
  await arrives(west, 'kept', kept);
  await arrives(west, 'gone', gone);
  await remove(east, 'gone');
  await waitUntil(async () => (await digestOf(west, 'gone')) === undefined, {
    timeoutMs: 60_000,
    what: 'a deletion in the other region',
  });
  expect(await digestOf(west, 'kept')).toBe(kept);

  const anew = await push(west, 'kept');
  await arrives(east, 'kept', anew);
  await remove(east, 'kept');
  const ask = async () => (await runsOf(east)).every(({ state }: { state: string }) => state === 'succeeded');
  await arrives(west, 'after', await push(east, 'after'));
  await waitUntil(ask, { what: 'the end of all runs' });
  expect(await digestOf(west, 'kept')).toBe(anew);
});

test('a replicator that is killed while it copies: all tags are there when it is back', async () => {
  const pushed: [string, string][] = [];
  for (let index = 0; index < 12; index += 1) {
    const tag = `killed-${index % 4}`;
    pushed.push([tag, await push(east, tag)]);
    if (index % 4 === 1) process.kill((await east.product.process('replicator')).pid, 'SIGKILL');
  }
  const last = new Map(pushed);
  for (const [tag, digest] of last) await arrives(west, tag, digest);
  for (const [tag, digest] of last) expect(await digestOf(east, tag)).toBe(digest);
  const ask = async () => (await runsOf(east)).every(({ state }: { state: string }) => state === 'succeeded');
  await waitUntil(ask, { what: 'the end of all runs' });
  const lag = await east.replication.call('getReplicationLag', { params: { id: policies.get(east) ?? '' } });
  expect(lag).toEqual({ oldestWaitingAt: null, lagSeconds: 0 });
});
