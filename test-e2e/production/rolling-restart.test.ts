import { randomBytes } from 'node:crypto';
import { buildImage, pushManifest } from '@berth/registry-client/testing';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SERVICES } from '../../deploy/embedded/service-table.ts';
import { clientOf, startWorkload, verifyImage } from '../faults/workload.ts';
import { type BackedProduct, needsOf, PRODUCTION, startBacked } from '../support/backends.ts';
import { describeWith } from '../support/needs-programs.ts';
import { pause } from '../support/pause.ts';

describeWith(needsOf(PRODUCTION), 'two copies of every service, with clients at work', () => {
  let backed: BackedProduct;

  beforeAll(async () => {
    backed = await startBacked(PRODUCTION);
    await backed.product.createRegistry('acme');
  });
  afterAll(() => backed?.stop());

  async function isBack(name: string, pid: number): Promise<void> {
    const { product } = backed;
    const back = async (): Promise<boolean> => {
      const found = (await product.processes()).find((process) => process.name === name);
      if (found === undefined || found.pid === pid) return false;
      const ready = await fetch(`http://127.0.0.1:${found.port}/readyz`).catch(() => null);
      return ready?.status === 200;
    };
    await waitUntil(back, { what: `${name} again` });
  }

  test('a rolling restart loses no request: each copy ends what it has begun, the other goes on', async () => {
    const { product } = backed;
    const workload = startWorkload(product, 'acme', 3);
    await pause(500);
    for (const { name } of SERVICES) {
      for (const copy of [name, `${name}-2`]) {
        const { pid } = await product.process(copy);
        process.kill(pid, 'SIGTERM');
        await isBack(copy, pid);
      }
    }
    await workload.stop();
    expect({ violations: workload.violations, excused: workload.excused }).toEqual({
      violations: [],
      excused: [],
    });
    expect(workload.counts.pushes).toBeGreaterThan(10);
  });

  test('kill -9 of a copy of each service loses what it had in hand and no more, and the others go on within seconds', async () => {
    const { product } = backed;
    const workload = startWorkload(product, 'acme', 3);
    await pause(500);
    for (const { name } of SERVICES) {
      const { pid } = await product.process(name);
      const failuresBefore = workload.counts.failures;
      process.kill(pid, 'SIGKILL');
      const client = clientOf(product);
      await waitUntil(
        async () => {
          const manifest = buildImage({ layers: [randomBytes(100)] });
          await pushManifest(client, 'acme/probe', { manifest, tag: name });
          return true;
        },
        { timeoutMs: 10_000, what: `a push without ${name}` },
      );
      await client.close();
      await isBack(name, pid);
      // Three clients with at most some requests in the hands of the one that died.
      expect(workload.counts.failures - failuresBefore).toBeLessThanOrEqual(9);
    }
    await workload.stop();
    expect(workload.violations).toEqual([]);
    const client = clientOf(product);
    for (const image of workload.acknowledged) await verifyImage(client, image);
    await client.close();
  });
});
