import { buildArtifact, buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  allEnded,
  connect,
  digestOf as digestIn,
  type Region,
  runsOf as runsIn,
  startRegion,
} from './regions.ts';

let east: Region;
let west: Region;
const policies = new Map<Region, string>();

async function push(region: Region, tag: string): Promise<string> {
  const manifest = buildImage({ layers: randomLayers(2, 50_000) });
  return await pushManifest(region.client, 'acme/web', { manifest, tag });
}

const policyOf = (region: Region) => policies.get(region) ?? '';
const digestOf = (region: Region, tag: string) => digestIn(region, 'acme/web', tag);
const arrives = (region: Region, tag: string, digest: string) =>
  waitUntil(async () => (await digestOf(region, tag)) === digest, {
    timeoutMs: 60_000,
    what: `${tag} in the other region`,
  });
const runsOf = (region: Region) => runsIn(region, policyOf(region));

beforeAll(async () => {
  east = await startRegion();
  west = await startRegion();
  policies.set(east, await connect(east, west));
  policies.set(west, await connect(west, east));
});
afterAll(async () => {
  for (const region of [east, west]) await region?.stop();
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
  await arrives(west, 'after', await push(east, 'after'));
  const ended = await allEnded(east, policyOf(east));
  expect(ended.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  expect(await digestOf(west, 'kept')).toBe(anew);
});

test('what is attached later by its subject alone follows, and does not come back', async () => {
  const image = buildImage({ layers: randomLayers(1, 20_000) });
  await pushManifest(east.client, 'acme/web', { manifest: image, tag: 'signed' });
  await arrives(west, 'signed', image.digest);
  const sbom = buildArtifact({ artifactType: 'application/spdx+json', subject: image });
  const about = buildArtifact({ artifactType: 'application/vnd.example.signature', subject: sbom });
  await pushManifest(east.client, 'acme/web', { manifest: sbom });
  await pushManifest(east.client, 'acme/web', { manifest: about });
  for (const { digest } of [sbom, about])
    await waitUntil(async () => (await west.client.manifests.head('acme/web', digest)) !== null, {
      what: 'what is attached in the other region',
    });
  const before = (await runsOf(west)).length;
  await arrives(west, 'after-signed', await push(east, 'after-signed'));
  expect((await runsOf(west)).length).toBe(before);
});

/** Once it runs: the one before may have been killed just now. */
async function killReplicator({ product }: Region): Promise<void> {
  const find = async () => (await product.processes()).find(({ name }) => name === 'replicator');
  await waitUntil(async () => (await find()) !== undefined, { what: 'a replicator that runs' });
  process.kill((await product.process('replicator')).pid, 'SIGKILL');
}

test('a replicator that is killed while it copies: all tags are there when it is back', async () => {
  const pushed: [string, string][] = [];
  for (let index = 0; index < 12; index += 1) {
    const tag = `killed-${index % 4}`;
    pushed.push([tag, await push(east, tag)]);
    if (index % 4 === 1) await killReplicator(east);
  }
  const last = new Map(pushed);
  for (const [tag, digest] of last) await arrives(west, tag, digest);
  for (const [tag, digest] of last) expect(await digestOf(east, tag)).toBe(digest);
  const ended = await allEnded(east, policyOf(east));
  expect(ended.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  const lag = await east.replication.call('getReplicationLag', { params: { id: policyOf(east) } });
  expect(lag).toEqual({ oldestWaitingAt: null, oldestFailedAt: null, lagSeconds: 0 });
});
