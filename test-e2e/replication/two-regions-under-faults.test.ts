import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { describeWith } from '../support/needs-programs.ts';
import { pause } from '../support/pause.ts';
import { settings } from '../support/settings.ts';
import { pushSmallImage } from '../support/small-image.ts';
import { startToxiproxy, type ToxicProxy, type Toxiproxy } from '../support/toxiproxy.ts';
import { wholeArtifacts } from './pull-all.ts';
import { type RegionWorkload, startRegionWorkload } from './region-workload.ts';
import { allEnded, connect, digestOf, type Region, runsOf, startRegion } from './regions.ts';

const LASTS_MS = settings.twoRegionsSeconds * 1_000;
/** What waits when the load ends, and what a killed copy had in hand, on a machine that is busy. */
const SETTLES_MS = LASTS_MS * 3 + 120_000;
jest.setTimeout(LASTS_MS + 2 * SETTLES_MS);

const NAMES = ['east', 'west'] as const;
type Name = (typeof NAMES)[number];
/** What the requests for a change cost on the way besides blobs and manifests. */
const REQUEST_BYTES = 10_000;

describeWith({ programs: ['toxiproxy-server'] }, 'two regions that copy to each other', () => {
  let toxiproxy: Toxiproxy;
  const regions = {} as Record<Name, Region>;
  const policies = {} as Record<Name, string>;
  /** The way to each region from the other. */
  const ways = {} as Record<Name, ToxicProxy>;
  const counters = {} as Record<Name, CountingProxy>;
  const workloads: Record<Name, RegionWorkload[]> = { east: [], west: [] };
  const other = (name: Name): Name => (name === 'east' ? 'west' : 'east');

  beforeAll(async () => {
    toxiproxy = await startToxiproxy();
    for (const name of NAMES) {
      regions[name] = await startRegion({ retryPause: '250ms' });
      counters[name] = await startCountingProxy(regions[name].product.port);
      ways[name] = await toxiproxy.proxy(name, counters[name].port);
    }
    for (const name of NAMES) {
      const there = other(name);
      const url = `http://127.0.0.1:${ways[there].port}`;
      policies[name] = await connect(regions[name], regions[there], url);
    }
  });
  afterAll(async () => {
    for (const name of NAMES) {
      await regions[name]?.stop();
      await counters[name]?.close();
    }
    await toxiproxy?.stop();
  });

  async function atRest(): Promise<void> {
    for (const name of NAMES) {
      const ask = async () => {
        const params = { id: policies[name] };
        const { oldestWaitingAt } = await regions[name].replication.call('getReplicationLag', { params });
        return oldestWaitingAt === null;
      };
      await waitUntil(ask, { timeoutMs: SETTLES_MS, what: `nothing that waits in the ${name}` });
      const runs = await allEnded(regions[name], policies[name]);
      expect(runs.filter(({ state }) => state !== 'succeeded')).toEqual([]);
    }
  }

  /**
   * Waits until both hold the same and all runs have ended: at the earliest when what came last has arrived. An event that a
   * killed replicator had in hand comes again only half a minute later.
   */
  async function settle(tag: string): Promise<void> {
    for (const name of NAMES) {
      const { digest } = await pushSmallImage(regions[name].product, `acme/${name}/settled`, tag);
      const arrived = async () =>
        (await digestOf(regions[other(name)], `acme/${name}/settled`, tag)) === digest;
      await waitUntil(arrived, { timeoutMs: SETTLES_MS, what: `the last of the ${name}` });
    }
    const same = () => areEqual().then(() => true);
    await waitUntil(same, { timeoutMs: SETTLES_MS, what: 'the same on both sides' });
    await atRest();
  }

  async function tagsOf(region: Region, repository: string): Promise<Record<string, string | undefined>> {
    const tags: Record<string, string | undefined> = {};
    for await (const tag of region.client.lists.tags(repository))
      tags[tag] = await digestOf(region, repository, tag);
    return tags;
  }

  async function areEqual(): Promise<void> {
    for (const name of NAMES)
      for (const workload of workloads[name])
        for (const [repository, tags] of workload.expected) {
          const wanted = [repository, Object.fromEntries(tags)];
          expect([repository, await tagsOf(regions[name], repository)]).toEqual(wanted);
          expect([repository, await tagsOf(regions[other(name)], repository)]).toEqual(wanted);
        }
  }

  function start(label: string, pauseMs: readonly [number, number]): readonly RegionWorkload[] {
    return NAMES.map((name) => {
      const repositories = [1, 2].map((number) => `acme/${name}/${label}${number}`);
      const workload = startRegionWorkload(regions[name], repositories, pauseMs);
      workloads[name].push(workload);
      return workload;
    });
  }

  test('without faults nothing crosses twice: not the layers that images share, nor an image under two tags', async () => {
    const before = { east: counters.east.sentBytes, west: counters.west.sentBytes };
    const running = start('calm', [50, 100]);
    await waitUntil(() => running.every(({ counts }) => counts.pushes >= 16));
    for (const workload of running) await workload.stop();
    await settle('calm');
    for (const [index, name] of NAMES.entries()) {
      const { changes = 0, distinctBytes = 0 } = running[index] ?? {};
      const sent = counters[other(name)].sentBytes - before[other(name)];
      expect(sent).toBeGreaterThan(distinctBytes / 2);
      expect(sent).toBeLessThan(distinctBytes + changes * REQUEST_BYTES);
    }
  });

  test(`${settings.twoRegionsSeconds} s of cuts, broken answers and killed replicators: both hold the same in the end`, async () => {
    const kills = { east: 0, west: 0 };
    const running = start('storm', [200, 800]);
    const until = Date.now() + LASTS_MS;

    async function disturbWays(): Promise<void> {
      while (Date.now() < until) {
        await pause(randomInt(200, 2_000));
        const way = ways[NAMES[randomInt(2)] ?? 'east'];
        switch (randomInt(4)) {
          case 0:
            await way.cut();
            break;
          case 1:
            await way.disturb({ type: 'limit_data', attributes: { bytes: randomInt(1, 300_000) } }, [
              'upstream',
            ]);
            break;
          case 2:
            await way.disturb({ type: 'reset_peer', attributes: { timeout: randomInt(1, 200) } });
            break;
          default:
            await way.disturb({ type: 'latency', attributes: { latency: randomInt(50, 400) } });
        }
        await pause(randomInt(100, 1_500));
        await way.heal();
      }
    }

    async function killReplicators(): Promise<void> {
      for (let turn = 0; Date.now() < until || turn < 2; turn += 1) {
        await pause(randomInt(1_000, 4_000));
        const name = NAMES[turn % 2] ?? 'east';
        const { pid } = await waitUntil(() => regions[name].product.process('replicator'));
        process.kill(pid, 'SIGKILL');
        kills[name] += 1;
      }
    }

    await Promise.all([disturbWays(), killReplicators(), pause(LASTS_MS)]);
    for (const workload of running) await workload.stop();
    for (const name of NAMES) await ways[name].heal();
    expect(Math.min(kills.east, kills.west)).toBeGreaterThan(0);
    for (const { counts } of running) expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
    await settle('storm');
  });

  test('it rests: no run begins any more, and copying all once more sends nothing', async () => {
    const newest = async () =>
      await Promise.all(NAMES.map(async (name) => (await runsOf(regions[name], policies[name]))[0].id));
    const isAtRest = async () => {
      const before = await newest();
      await pause(3_000);
      return isDeepStrictEqual(await newest(), before);
    };
    await waitUntil(isAtRest, { timeoutMs: SETTLES_MS, what: 'runs that end' });
    for (const name of NAMES) {
      const { run } = await regions[name].replication.run(policies[name], {}, SETTLES_MS);
      expect(run).toMatchObject({ state: 'succeeded', counts: { copied: 0, deleted: 0, copiedBytes: 0 } });
    }
  });

  test('every manifest that either side lists can be pulled whole', async () => {
    for (const name of NAMES) {
      const { pulled, broken } = await wholeArtifacts(regions[name], 'acme');
      expect(broken).toEqual([]);
      expect(pulled).toBeGreaterThan(20);
    }
  });
});
