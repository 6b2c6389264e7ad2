import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeBigLayout } from '../images/write-big-layout.ts';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { processMemory, resetPeak } from '../support/process-memory.ts';
import { type ArtifactClients, loggedInClients } from './artifact-clients.ts';

const GIB = 1024 ** 3;
const MEMORY_LIMIT_BYTES = 200e6;

describeWith({ programs: ['crane'] }, 'a layer of 1 GiB', () => {
  let target: BerthProduct;
  let clients: ArtifactClients;

  beforeAll(async () => {
    target = await startBerthProduct();
    await target.createRegistry('lab');
    clients = await loggedInClients(target, await temporaryFolder());
  });

  afterAll(() => target?.stop());

  test('is pushed and pulled by crane, byte for byte', async () => {
    const layout = join(clients.folder, 'big');
    const digest = await writeBigLayout(layout, GIB);
    for (const { pid } of await target.processes()) await resetPeak(pid);
    const reference = `${target.host}/lab/big:1.0`;
    await clients.crane('push', '--insecure', layout, reference);
    await rm(layout, { recursive: true });

    const pulled = join(clients.folder, 'big-out');
    await clients.crane('pull', '--insecure', '--format', 'oci', reference, pulled);
    const layer = join(pulled, 'blobs', 'sha256', digest.slice(7));
    expect((await stat(layer)).size).toBe(GIB);
    const hash = createHash('sha256');
    await pipeline(createReadStream(layer), hash);
    expect(`sha256:${hash.digest('hex')}`).toBe(digest);
  });

  test('and no process held more than 200 MB for it', async () => {
    const peaks = (await target.processes()).map(async ({ name, pid }) => {
      const { peakBytes } = await processMemory(pid);
      return peakBytes < MEMORY_LIMIT_BYTES ? [] : [`${name}: ${Math.round(peakBytes / 1e6)} MB`];
    });
    expect((await Promise.all(peaks)).flat()).toEqual([]);
  });
});
