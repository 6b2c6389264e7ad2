import { join } from 'node:path';
import { MEDIA_TYPES } from '@berth/oci';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import {
  buildArtifact,
  buildImage,
  buildIndex,
  pushManifest,
  randomLayers,
} from '@berth/registry-client/testing';
import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { type PeerRegistry, startPeerRegistry } from '../support/peer-registry.ts';
import { type Replication, replicationOf } from './replication.ts';

const image = buildImage({ layers: randomLayers(3, 200_000) });
const platform = buildImage({ layers: randomLayers(1, 20_000) });
const index = buildIndex([platform, buildImage({ layers: randomLayers(1, 20_000) })]);
const sbom = buildArtifact({ artifactType: 'application/spdx+json', subject: image });
const platformSbom = buildArtifact({ artifactType: 'application/spdx+json', subject: platform });
const aboutSbom = buildArtifact({ artifactType: 'application/vnd.example.signature', subject: sbom });
const signature = buildArtifact({ artifactType: 'application/vnd.example.signature' });
const signatureTag = `${image.digest.replace(':', '-')}.sig`;

let product: BerthProduct;
let berth: RegistryClient;
let replication: Replication;
let registries = 0;

beforeAll(async () => {
  product = await startBerthProduct({
    env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_REPLICATION_RETRY_PAUSE: '100ms' },
  });
  const { username, password } = product;
  berth = createRegistryClient({ url: product.origin, credentials: { username, password } });
  replication = replicationOf(product);
});
afterAll(async () => {
  await berth?.close();
  await product?.stop();
});

async function newRegistry(): Promise<string> {
  registries += 1;
  await product.createRegistry(`r${registries}`);
  return `r${registries}`;
}

async function fill(client: RegistryClient, repository: string): Promise<void> {
  await pushManifest(client, repository, { manifest: image, tag: '1.0' });
  await pushManifest(client, repository, { manifest: sbom });
  await pushManifest(client, repository, { manifest: signature, tag: signatureTag });
  await pushManifest(client, repository, { manifest: index, tag: 'multi' });
}

/** As a client lists a referrer where there is no referrers API. */
async function listInTag(client: RegistryClient, repository: string): Promise<void> {
  const { mediaType, digest, bytes } = sbom;
  const manifests = [{ mediaType, digest, size: bytes.length, artifactType: 'application/spdx+json' }];
  const list = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  await client.manifests.put(repository, image.digest.replace(':', '-'), {
    bytes: Buffer.from(JSON.stringify(list)),
    mediaType: MEDIA_TYPES.ociIndex,
  });
}

async function holdsAll(client: RegistryClient, repository: string): Promise<void> {
  const digestOfTag = async (tag: string) => (await client.manifests.head(repository, tag))?.digest;
  expect(await digestOfTag('1.0')).toBe(image.digest);
  expect(await digestOfTag('multi')).toBe(index.digest);
  expect(await digestOfTag(signatureTag)).toBe(signature.digest);
  const referrers = [];
  for await (const { digest } of client.lists.referrers(repository, image.digest)) referrers.push(digest);
  expect(referrers).toEqual([sbom.digest]);
}

/** The whole report, page by page, its counts added up. */
async function driftOf(id: string, limit: string) {
  const items: unknown[] = [];
  const counts: Record<string, number> = {};
  for (let after: string | undefined | null; after !== null; ) {
    const query = { limit, ...(after !== undefined && { after }) };
    const page = await replication.call('getReplicationDrift', { params: { id }, query });
    items.push(...page.items);
    for (const [state, count] of Object.entries<number>(page.counts))
      counts[state] = (counts[state] ?? 0) + count;
    after = page.next;
  }
  return { items, counts };
}

const stateOf = (tasks: readonly { tag: string; state: string }[]) =>
  Object.fromEntries(tasks.map(({ tag, state }) => [tag, state]));

describeWith({ programs: ['registry', 'docker-registry'] }, 'registries of others', () => {
  describe.each(['registry', 'docker-registry'] as const)('%s', (program) => {
    let peer: PeerRegistry;
    let there: RegistryClient;
    beforeAll(async () => {
      peer = await startPeerRegistry(program, join(await temporaryFolder(), program));
      there = createRegistryClient({ url: peer.origin });
    });
    afterAll(async () => {
      await there?.close();
      await peer?.server.stop();
    });

    test('gets an image, a multi-platform index, referrers and a signature; a second run sends nothing', async () => {
      const registry = await newRegistry();
      await fill(berth, `${registry}/team/web`);
      const policy = await replication.makePolicy(
        { url: peer.origin },
        { registry, direction: 'push', remoteRegistry: 'mirror' },
      );
      const dry = await replication.run(policy, { dryRun: true });
      expect(stateOf(dry.tasks)).toEqual({ '1.0': 'planned', multi: 'planned' });
      expect(await there.manifests.head('mirror/team/web', '1.0')).toBeNull();

      const { run, tasks } = await replication.run(policy);
      expect(tasks.map(({ reason }) => reason)).toEqual([undefined, undefined]);
      expect(run).toMatchObject({ state: 'succeeded', counts: { copied: 2, failed: 0 } });
      expect(run.counts.copiedBytes).toBeGreaterThan(600_000);
      await holdsAll(there, 'mirror/team/web');

      const again = await replication.run(policy);
      expect(again.run).toMatchObject({
        state: 'succeeded',
        counts: { copied: 0, skipped: 2, copiedBytes: 0 },
      });
    });

    test('gets what is attached later with the next run, though the tag is equal', async () => {
      const registry = await newRegistry();
      const repository = `${registry}/web`;
      await pushManifest(berth, repository, { manifest: image, tag: '1.0' });
      const target = { registry, direction: 'push', remoteRegistry: registry } as const;
      const policy = await replication.makePolicy({ url: peer.origin }, target);
      expect((await replication.run(policy)).run.counts).toMatchObject({ copied: 1 });
      await pushManifest(berth, repository, { manifest: sbom });
      await pushManifest(berth, repository, { manifest: signature, tag: signatureTag });
      expect(stateOf((await replication.run(policy, { dryRun: true })).tasks)).toEqual({ '1.0': 'planned' });
      expect((await replication.run(policy)).run.counts).toMatchObject({ copied: 1, skipped: 0 });
      await pushManifest(berth, repository, { manifest: index, tag: 'multi' });
      expect((await replication.run(policy)).run.counts).toMatchObject({ copied: 1, skipped: 1 });
      await holdsAll(there, repository);

      await pushManifest(berth, repository, { manifest: platformSbom });
      expect((await replication.run(policy)).run.counts).toMatchObject({ copied: 1, skipped: 1 });
      await pushManifest(berth, repository, { manifest: aboutSbom });
      expect((await replication.run(policy)).run.counts).toMatchObject({ copied: 1, skipped: 1 });
      for (const { digest } of [platformSbom, aboutSbom])
        expect(await there.manifests.head(repository, digest)).not.toBeNull();
      expect((await replication.run(policy)).run.counts).toMatchObject({ copied: 0, skipped: 2 });
    });

    test('keeps its own signature of the same image, and gets what was added to one that it has', async () => {
      const registry = await newRegistry();
      const repository = `${registry}/web`;
      const layer = (text: string) => Buffer.from(`${text} ${registry}`);
      const one = buildImage({ layers: [layer('first')] });
      const both = buildImage({ layers: [layer('first'), layer('second')] });
      const theirs = buildImage({ layers: [layer('own')] });
      await pushManifest(berth, repository, { manifest: image, tag: '1.0' });
      await pushManifest(berth, repository, { manifest: one, tag: signatureTag });
      const target = { registry, direction: 'push', remoteRegistry: registry } as const;
      const policy = await replication.makePolicy({ url: peer.origin }, target);
      const signatureThere = async () => (await there.manifests.head(repository, signatureTag))?.digest;
      expect((await replication.run(policy)).run.state).toBe('succeeded');
      expect(await signatureThere()).toBe(one.digest);

      await pushManifest(berth, repository, { manifest: both, tag: signatureTag });
      expect((await replication.run(policy)).run.state).toBe('succeeded');
      expect(await signatureThere()).toBe(both.digest);

      await pushManifest(there, repository, { manifest: theirs, tag: signatureTag });
      const { run, tasks } = await replication.run(policy);
      expect([run.state, stateOf(tasks)]).toEqual(['partial', { '1.0': 'conflict' }]);
      expect(tasks[0]?.reason).toContain(`${repository}:${signatureTag} is ${theirs.digest}`);
      expect(await signatureThere()).toBe(theirs.digest);
    });

    test('differs by what drifted since, told in pages of any size', async () => {
      const registry = await newRegistry();
      for (const tag of ['a', 'b', 'c', 'd'])
        await pushManifest(berth, `${registry}/web`, { manifest: image, tag });
      const target = { registry, direction: 'push', remoteRegistry: registry } as const;
      const policy = await replication.makePolicy({ url: peer.origin }, target);
      expect((await replication.run(policy)).run.state).toBe('succeeded');
      await pushManifest(there, `${registry}/web`, { manifest: index, tag: 'b' });
      await pushManifest(there, `${registry}/web`, { manifest: image, tag: 'c2' });
      await pushManifest(there, `${registry}/only-there`, { manifest: image, tag: '1.0' });
      await berth.manifests.put(`${registry}/web`, 'e', image);
      await berth.manifests.put(`${registry}/web`, signatureTag, image);

      const [here, other] = [{ sourceDigest: image.digest }, { destinationDigest: index.digest }];
      const expected = [
        { image: 'only-there', tag: '1.0', state: 'extra', destinationDigest: image.digest },
        { image: 'web', tag: 'b', state: 'different', ...here, ...other },
        { image: 'web', tag: 'e', state: 'missing', ...here },
        { image: 'web', tag: 'c2', state: 'extra', destinationDigest: image.digest },
      ];
      for (const limit of ['1', '3', '500']) {
        const found = await driftOf(policy, limit);
        expect(found.items).toEqual(expected);
        expect(found.counts).toEqual({ same: 3, missing: 1, different: 1, extra: 2 });
      }
    });

    test('what replication reads was pulled by nobody', async () => {
      const registry = await newRegistry();
      await pushManifest(berth, `${registry}/web`, { manifest: image, tag: '1.0' });
      const policy = await replication.makePolicy({ url: peer.origin }, { registry, direction: 'push' });
      expect((await replication.run(policy)).run.state).toBe('succeeded');
      const { items } = await replication.call('listArtifacts', { params: { registry, image: 'web' } });
      expect(items).toMatchObject([{ pullCount: 0, lastPulledAt: null }]);
    });

    test('is pulled from: all of it arrives here', async () => {
      const registry = await newRegistry();
      await fill(there, 'from/team/api');
      await listInTag(there, 'from/team/api');
      const policy = await replication.makePolicy(
        { url: peer.origin },
        { registry, direction: 'pull', remoteRegistry: 'from', images: { match: ['team/*'] } },
      );
      const { run, tasks } = await replication.run(policy);
      expect(tasks.map(({ reason }) => reason)).toEqual([undefined, undefined]);
      expect(run).toMatchObject({ state: 'succeeded', counts: { copied: 2 } });
      await holdsAll(berth, `${registry}/team/api`);
    });

    test('a tag that differs is a conflict, and replaced only where the policy says so', async () => {
      const registry = await newRegistry();
      const other = buildImage({ layers: randomLayers(1, 1_000) });
      await pushManifest(there, `${registry}/web`, { manifest: other, tag: '1.0' });
      await pushManifest(berth, `${registry}/web`, { manifest: image, tag: '1.0' });
      const policy = await replication.makePolicy({ url: peer.origin }, { registry, direction: 'push' });
      const { run, tasks } = await replication.run(policy);
      expect(run).toMatchObject({ state: 'partial', counts: { conflict: 1, copied: 0, copiedBytes: 0 } });
      expect(tasks[0].reason).toContain(other.digest);
      expect((await there.manifests.head(`${registry}/web`, '1.0'))?.digest).toBe(other.digest);

      const params = { id: policy };
      await replication.call('updateReplicationPolicy', { params, body: { overwrite: 'always' } });
      expect((await replication.run(policy)).run.state).toBe('succeeded');
      expect((await there.manifests.head(`${registry}/web`, '1.0'))?.digest).toBe(image.digest);
    });
  });
});
