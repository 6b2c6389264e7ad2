import { join } from 'node:path';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BackedProduct, needsOf, PRODUCTION, startBacked } from '../support/backends.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { describeWith } from '../support/needs-programs.ts';
import { type PeerRegistry, startPeerRegistry } from '../support/peer-registry.ts';
import { type Replication, replicationOf } from './replication.ts';

const COPIES = ['', '-2', '-3'];
const LAYER_BYTES = 1_500_000;
const IMAGES = 30;

const needs = needsOf(PRODUCTION);
describeWith(
  { ...needs, programs: [...needs.programs, 'registry'] },
  'three replicators and three retention-cleaners',
  () => {
    let backed: BackedProduct;
    let peer: PeerRegistry;
    let way: CountingProxy;
    let berth: RegistryClient;
    let there: RegistryClient;
    let replication: Replication;
    const scheduled = { replication: '', cleanup: '' };

    beforeAll(async () => {
      peer = await startPeerRegistry('registry', join(await temporaryFolder(), 'peer'));
      way = await startCountingProxy(Number(new URL(peer.origin).port));
      backed = await startBacked(PRODUCTION, {
        env: {
          BERTH_SCALE: 'replicator=3,retention-cleaner=3',
          BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
          BERTH_REPLICATION_RETRY_PAUSE: '200ms',
        },
      });
      const { product } = backed;
      const { origin, username, password } = product;
      await product.createRegistry('acme');
      berth = createRegistryClient({ url: origin, credentials: { username, password } });
      there = createRegistryClient({ url: peer.origin });
      replication = replicationOf(product);
      expect((await processes('replicator')).length).toBe(3);
      expect((await processes('retention-cleaner')).length).toBe(3);
      await pushImages('scheduled', 1);
      const schedule = '* * * * *';
      scheduled.replication = await makePolicy({
        images: { match: ['scheduled'] },
        trigger: 'scheduled',
        schedule,
      });
      const { id } = await replication.call('createCleanupPolicy', {
        body: {
          ...{ registry: 'acme', name: 'minutely', schedule },
          keep: [{ rule: 'always' }],
          ...{ images: { match: ['scheduled'] }, tags: { match: ['**'] } },
        },
      });
      scheduled.cleanup = id;
    });
    afterAll(async () => {
      await Promise.all([berth?.close(), there?.close()]);
      await backed?.stop();
      await way?.close();
      await peer?.server.stop();
    });

    const processes = async (service: string) => {
      const running = await backed.product.processes();
      return running.filter(({ name }) => COPIES.some((copy) => name === `${service}${copy}`));
    };
    const makePolicy = (more: object) =>
      replication.makePolicy(
        { url: `http://127.0.0.1:${way.port}` },
        { registry: 'acme', direction: 'push', remoteRegistry: 'there', ...more },
      );

    async function pushImages(image: string, count: number): Promise<void> {
      for (let index = 0; index < count; index += 1) {
        const manifest = buildImage({ layers: randomLayers(1, LAYER_BYTES) });
        await pushManifest(berth, `acme/${image}`, { manifest, tag: `t${index}` });
      }
    }

    test('each image is worked once by whichever copy, and what a killed copy had in hand goes on', async () => {
      await pushImages('many', IMAGES);
      const policy = await makePolicy({ images: { match: ['many'] }, bandwidthBytesPerSecond: 3_000_000 });
      const before = way.sentBytes;
      const { id } = await replication.call('startReplicationRun', { params: { id: policy }, body: {} });
      await waitUntil(() => way.sentBytes - before > 3 * LAYER_BYTES, {
        timeoutMs: 60_000,
        what: 'copies at work',
      });
      const [victim] = await processes('replicator');
      if (victim === undefined) throw new Error('no replicator runs');
      process.kill(victim.pid, 'SIGKILL');
      const { run, tasks } = await replication.ended(id, 120_000);
      expect(run).toMatchObject({ state: 'succeeded', counts: { copied: IMAGES, failed: 0 } });
      expect(tasks.map(({ tag }) => tag).sort()).toEqual(
        Array.from({ length: IMAGES }, (_, index) => `t${index}`).sort(),
      );
      for (const { tag, digest } of tasks)
        expect((await there.manifests.head('there/many', tag))?.digest).toBe(digest);
      // Once each, but for the four that the killed one had in hand.
      const sent = way.sentBytes - before;
      expect(sent).toBeGreaterThan(IMAGES * LAYER_BYTES);
      expect(sent).toBeLessThan((IMAGES + 4.5) * LAYER_BYTES);
    });

    test('each artifact is cleaned up once, with one decision for it', async () => {
      const cleanup = await replication.call('createCleanupPolicy', {
        body: {
          ...{ registry: 'acme', name: 'three', maxDeletedShare: 1 },
          keep: [{ rule: 'latestPushed', count: 3 }],
          ...{ images: { match: ['many'] }, tags: { match: ['**'] } },
        },
      });
      const { id } = await replication.call('startCleanupRun', {
        params: { id: cleanup.id },
        body: { dryRun: false },
      });
      const [victim] = await processes('retention-cleaner');
      if (victim === undefined) throw new Error('no retention-cleaner runs');
      process.kill(victim.pid, 'SIGKILL');
      const ended = async () => {
        const run = await replication.call('getCleanupRun', { params: { id } });
        return ['waiting', 'running'].includes(run.state) ? null : run;
      };
      const run = await waitUntil(ended, { timeoutMs: 90_000, what: 'the end of the cleanup' });
      const decisions = [];
      for (let after: string | undefined; ; ) {
        const query = { limit: '100', ...(after !== undefined && { after }) };
        const page = await replication.call('listCleanupDecisions', { params: { id }, query });
        decisions.push(...page.items);
        if (page.next === null) break;
        after = page.next;
      }
      const subjects = decisions.map((decision) => JSON.stringify([decision.image, decision.digest]));
      expect(subjects).toHaveLength(new Set(subjects).size);
      expect(run.state).toBe('succeeded');
      let left = 0;
      for await (const _ of berth.lists.tags('acme/many')) left += 1;
      expect(left).toBe(3);
    });

    test('schedules that began a while ago have fired once a minute, though all three of each look at them', async () => {
      const runs = async () => ({
        replication: (
          await replication.call('listReplicationRuns', { params: { id: scheduled.replication } })
        ).items,
        cleanup: (await replication.call('listCleanupRuns', { params: { id: scheduled.cleanup } })).items,
      });
      const bothFired = async () => {
        const now = await runs();
        return now.replication.length > 0 && now.cleanup.length > 0;
      };
      await waitUntil(bothFired, { timeoutMs: 150_000, what: 'a minute that begins' });
      // In time for who would fire it once more: each looks every second.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      for (const fired of Object.values(await runs())) {
        const minutes = fired.map(({ createdAt }: { createdAt: string }) => createdAt.slice(0, 16));
        expect(minutes).toEqual([...new Set(minutes)]);
      }
      await replication.call('updateReplicationPolicy', {
        params: { id: scheduled.replication },
        body: { enabled: false },
      });
      await replication.call('updateCleanupPolicy', {
        params: { id: scheduled.cleanup },
        body: { enabled: false },
      });
    });
  },
);
