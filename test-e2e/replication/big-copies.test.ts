import { join } from 'node:path';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { describeWith } from '../support/needs-programs.ts';
import { pause } from '../support/pause.ts';
import { type PeerRegistry, startPeerRegistry } from '../support/peer-registry.ts';
import { processMemory, resetPeak } from '../support/process-memory.ts';
import { settings } from '../support/settings.ts';
import { digestOfBlob, pushBigImage } from './big-layer.ts';
import { type Region, startRegion } from './regions.ts';

const { replicatedLayerMib: LAYER_MIB, replicatedTags: TAGS } = settings;
/** Both grow with what is copied, on a machine that is busy. */
const LIMIT_MS = 120_000 + LAYER_MIB * 500 + TAGS * 500;
jest.setTimeout(LIMIT_MS);

const MIB = 1024 * 1024;
const MEMORY_LIMIT_BYTES = 250e6;

describeWith({ programs: ['registry'] }, 'much at once', () => {
  let region: Region;
  let peer: PeerRegistry;
  let way: CountingProxy;
  let there: RegistryClient;
  beforeAll(async () => {
    region = await startRegion();
    peer = await startPeerRegistry('registry', join(await temporaryFolder(), 'peer'));
    way = await startCountingProxy(Number(new URL(peer.origin).port));
    there = createRegistryClient({ url: peer.origin });
  });
  afterAll(async () => {
    await there?.close();
    await region?.stop();
    await way?.close();
    await peer?.server.stop();
  });

  const makePolicy = (image: string, more: object = {}) =>
    region.replication.makePolicy(
      { url: `http://127.0.0.1:${way.port}` },
      { registry: 'acme', direction: 'push', images: { match: [image] }, ...more },
    );

  /** Runs a policy; logs the time and the highest memory of the replicator, which is bounded. */
  async function runMeasured(policy: string, what: string) {
    const { pid } = await region.product.process('replicator');
    await resetPeak(pid);
    const startedAt = Date.now();
    const ended = await region.replication.run(policy, {}, LIMIT_MS);
    const { peakBytes } = await processMemory(pid);
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
    process.stdout.write(`${what}: ${seconds} s, replicator at most ${Math.round(peakBytes / 1e6)} MB\n`);
    expect(peakBytes).toBeLessThan(MEMORY_LIMIT_BYTES);
    return ended;
  }

  test(`a layer of ${LAYER_MIB} MiB arrives byte for byte, with bounded memory`, async () => {
    const { layer } = await pushBigImage(region.client, 'acme/big', { tag: '1.0', mib: LAYER_MIB });
    const { run } = await runMeasured(await makePolicy('big'), `${LAYER_MIB} MiB`);
    expect(run).toMatchObject({ state: 'succeeded', counts: { copied: 1 } });
    expect(await digestOfBlob(there, 'acme/big', layer.digest)).toBe(layer.digest);
  });

  test('a run that is cancelled while bytes flow has ended within seconds, and they flow no more', async () => {
    await pushBigImage(region.client, 'acme/slow', { tag: '1.0', mib: 64 });
    const policy = await makePolicy('slow', { bandwidthBytesPerSecond: 4 * MIB });
    const before = way.sentBytes;
    const { id } = await region.replication.call('startReplicationRun', { params: { id: policy }, body: {} });
    await waitUntil(() => way.sentBytes - before > 2 * MIB, { what: 'bytes that flow' });
    await region.replication.call('cancelReplicationRun', { params: { runId: id } });
    const cancelledAt = Date.now();
    const { run, tasks } = await region.replication.ended(id);
    process.stdout.write(`cancelled: ended after ${Date.now() - cancelledAt} ms\n`);
    expect(run).toMatchObject({ state: 'cancelled', counts: { copied: 0, cancelled: 1 } });
    expect(tasks[0].state).toBe('cancelled');
    const flowsNoMore = async () => {
      const sent = way.sentBytes;
      await pause(1_000);
      return way.sentBytes === sent;
    };
    await waitUntil(flowsNoMore, { what: 'the end of the bytes' });
    process.stdout.write(`cancelled: no bytes after ${Date.now() - cancelledAt - 1_000} ms\n`);
    expect(way.sentBytes - before).toBeLessThan(60 * MIB);
    expect(await there.manifests.head('acme/slow', '1.0')).toBeNull();
  });

  test(`${TAGS} tags arrive, with bounded memory; once more sends nothing`, async () => {
    const images = Array.from({ length: 50 }, () => buildImage({ layers: randomLayers(1, 2_000) }));
    for (const [index, manifest] of images.entries())
      await pushManifest(region.client, 'acme/many', { manifest, tag: `first-${index}` });
    for (let index = images.length; index < TAGS; index += 1) {
      const manifest = images[index % images.length];
      if (manifest !== undefined) await region.client.manifests.put('acme/many', `t${index}`, manifest);
    }
    const policy = await makePolicy('many');
    const { run } = await runMeasured(policy, `${TAGS} tags`);
    expect(run).toMatchObject({ state: 'succeeded', counts: { copied: TAGS, failed: 0 } });
    let tags = 0;
    for await (const _ of there.lists.tags('acme/many')) tags += 1;
    expect(tags).toBe(TAGS);
    const again = await runMeasured(policy, `${TAGS} tags once more`);
    expect(again.run).toMatchObject({
      state: 'succeeded',
      counts: { skipped: TAGS, copied: 0, copiedBytes: 0 },
    });
  });
});
