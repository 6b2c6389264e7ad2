import { randomInt } from 'node:crypto';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SERVICES } from '../../deploy/embedded/service-table.ts';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { freePort } from '../support/free-port.ts';
import { pause } from '../support/pause.ts';
import { settings } from '../support/settings.ts';
import { clientOf, startWorkload, verifyBlobs, verifyImage, type Workload } from './workload.ts';

jest.setTimeout(settings.chaosSeconds * 1_000 + 240_000);

const VICTIMS = ['supervisor', 'nats-server', ...SERVICES.map(({ name }) => name), 'gateway'];
const CLIENTS = 8;
const REGISTRY = 'storm';

describe(`kill -9 of every process, for ${settings.chaosSeconds} s while ${CLIENTS} clients push and pull`, () => {
  let product: BerthProduct;
  let workload: Workload;
  const kills = new Map<string, number>();

  beforeAll(
    async () => {
      const [dataFolder, port] = [await temporaryFolder(), await freePort()];
      product = await startBerthProduct({ dataFolder, port });
      await product.createRegistry(REGISTRY);
      workload = startWorkload(product, REGISTRY, CLIENTS);
      const until = Date.now() + settings.chaosSeconds * 1_000;
      // Every process once, in turn, then any.
      for (let turn = 0; Date.now() < until || turn < VICTIMS.length; turn += 1) {
        await pause(randomInt(200, 2_000));
        const victim = VICTIMS[turn < VICTIMS.length ? turn : randomInt(VICTIMS.length)] ?? 'supervisor';
        kills.set(victim, (kills.get(victim) ?? 0) + 1);
        if (victim === 'supervisor') {
          await product.berth.kill();
          product = await startBerthProduct({ dataFolder, port });
        } else {
          // The one before may be on its way back yet.
          const { pid } = await waitUntil(() => product.process(victim));
          process.kill(pid, 'SIGKILL');
          await pause(50);
          await product.waitReady();
        }
      }
      await workload.stop();
    },
    settings.chaosSeconds * 1_000 + 180_000,
  );

  afterAll(async () => {
    await workload?.stop();
    await product?.stop();
  });

  test('the clients got work done, and were refused nothing but by what was down', () => {
    expect(workload.violations).toEqual([]);
    expect(workload.counts.pushes).toBeGreaterThan(CLIENTS);
    expect(workload.counts.pulls).toBeGreaterThan(CLIENTS);
    expect([...kills.keys()].sort()).toEqual(VICTIMS.toSorted());
  });

  test('no process ends again and again', async () => {
    // The last to be killed may be on its way back yet.
    const others = VICTIMS.filter((victim) => victim !== 'supervisor');
    for (const victim of others) await waitUntil(() => product.process(victim), { what: victim });
    const before = await product.processes();
    await pause(3_000);
    expect(await product.processes()).toEqual(before);
  });

  test('a start after all that is well, without any lock in its way', async () => {
    const { port } = product;
    const { dataFolder } = product.berth;
    await product.berth.kill();
    product = await startBerthProduct({ dataFolder, port });
    expect((await product.processes()).filter(({ deaths }) => deaths > 0)).toEqual([]);
  });

  test('every acknowledged image pulls byte for byte', async () => {
    const client = clientOf(product);
    const lost: string[] = [];
    for (const image of workload.acknowledged) {
      await verifyImage(client, image).catch((error) =>
        lost.push(`${image.repository}:${image.tag}: ${error}`),
      );
    }
    await client.close();
    expect(lost).toEqual([]);
  });

  test('every tag that is listed resolves to a whole image, and `latest` to the last that was pushed', async () => {
    const client = clientOf(product);
    const broken: string[] = [];
    for (const [repository, digests] of workload.latest) {
      for await (const tag of client.lists.tags(repository)) {
        const check = async (): Promise<void> => {
          const manifest = await client.manifests.get(repository, tag);
          await verifyBlobs(client, repository, manifest.bytes);
          if (tag === 'latest' && !digests.has(manifest.digest))
            throw new Error(`latest is ${manifest.digest}`);
        };
        await check().catch((error) => broken.push(`${repository}:${tag}: ${error}`));
      }
    }
    await client.close();
    expect(broken).toEqual([]);
  });
});
