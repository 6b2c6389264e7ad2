import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRegistryClientError, type RegistryClient, type RegistryClientError } from '@berth/registry-client';
import { buildImage, pushManifest } from '@berth/registry-client/testing';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SERVICES } from '../../deploy/embedded/service-table.ts';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { freePort } from '../support/free-port.ts';
import { describeWith, rootObstacle } from '../support/needs-programs.ts';
import { runProgram } from '../support/run-program.ts';
import { type Acknowledged, clientOf, verifyImage } from './workload.ts';

const MIB = 1024 * 1024;

describeWith(
  { programs: ['mount', 'umount'], obstacle: rootObstacle() },
  'a data folder on a small, full disk',
  () => {
    const acknowledged: Acknowledged[] = [];
    let disk: string;
    let port: number;
    let product: BerthProduct;
    let client: RegistryClient;

    beforeAll(async () => {
      disk = await temporaryFolder();
      port = await freePort();
      await runProgram('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]);
      await mkdir(join(disk, 'data'));
      product = await startBerthProduct({ dataFolder: join(disk, 'data'), port });
      await product.createRegistry('acme');
      client = clientOf(product);
      await fill('ballast', 30);
    });

    afterAll(async () => {
      await client?.close();
      await product?.stop();
      await runProgram('umount', [disk]);
    });

    /** Takes up to that many MiB of the disk; stops where it is full. */
    async function fill(name: string, mib: number): Promise<void> {
      const file = await open(join(disk, name), 'w');
      try {
        for (let written = 0; written < mib * 256; written += 1) await file.write(Buffer.alloc(4_096, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    }

    async function push(tag: string, layerBytes: number): Promise<void> {
      const manifest = buildImage({ layers: [randomBytes(layerBytes)] });
      await pushManifest(client, 'acme/web', { manifest, tag });
      const bytesHash = createHash('sha256').update(manifest.bytes).digest('hex');
      acknowledged.push({ repository: 'acme/web', tag, digest: manifest.digest, bytesHash });
    }

    async function pushUntilRefused(prefix: string, layerBytes: number): Promise<RegistryClientError> {
      for (let serial = 0; serial < 200; serial += 1) {
        try {
          await push(`${prefix}${serial}`, layerBytes);
        } catch (error) {
          if (isRegistryClientError(error)) return error;
          throw error;
        }
      }
      throw new Error('200 pushes went onto a disk that cannot hold them');
    }

    async function expectNothingLost(): Promise<void> {
      for (const image of acknowledged) await verifyImage(client, image);
    }

    test('refuses a layer with a clear answer, and goes on serving what it has', async () => {
      const error = await pushUntilRefused('large', 4 * MIB);
      expect(acknowledged.length).toBeGreaterThan(0);
      expect({ status: error.status, code: error.errors[0]?.code }).toEqual({
        status: 507,
        code: 'STORAGE_FULL',
      });
      await expectNothingLost();
    });

    test('down to the last byte refuses what has to be written, and goes on serving', async () => {
      await fill('rest', 200);
      const error = await pushUntilRefused('small', 2_000);
      expect([500, 503, 507]).toContain(error.status);
      expect(error.errors[0]?.message).toBeTruthy();
      await expectNothingLost();
    });

    test('takes pushes again when there is room, without a restart', async () => {
      await rm(join(disk, 'rest'));
      await rm(join(disk, 'ballast'));
      let tries = 0;
      const again = async (): Promise<boolean> => {
        tries += 1;
        await push(`again${tries}`, MIB);
        return true;
      };
      await waitUntil(again, { what: 'a push after room was made' });
      await product.waitReady(30_000);
      await expectNothingLost();
      const processes = await product.processes();
      expect(processes.filter(({ deaths }) => deaths > 0)).toEqual([]);
      expect(processes).toHaveLength(SERVICES.length + 2);
    });

    test('has lost nothing after the next start', async () => {
      await client.close();
      await product.stop();
      product = await startBerthProduct({ dataFolder: join(disk, 'data'), port });
      client = clientOf(product);
      await expectNothingLost();
    });
  },
);
