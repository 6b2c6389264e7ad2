import { createHash } from 'node:crypto';
import { glob, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuiltManifest, buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientOf, startWorkload, verifyBlobs } from '../faults/workload.ts';
import { type BackedProduct, startBacked } from '../support/backends.ts';
import { runCheck, runOperator } from '../support/operator.ts';

/** `berth check` beside a running Berth on files, whose bytes are damaged by hand. */
describe('berth check', () => {
  let backed: BackedProduct;
  let images: readonly BuiltManifest[];

  const folder = () => join(backed.product.berth.dataFolder, 'blobs');
  const push = async (manifest: BuiltManifest, tag: string): Promise<void> => {
    const client = clientOf(backed.product);
    await pushManifest(client, 'acme/web', { manifest, tag });
    await client.close();
  };
  /** The file that holds the first layer of an image: the only one with its digest. */
  async function fileOf(image: BuiltManifest | undefined): Promise<string> {
    const { layers } = JSON.parse(String(image?.bytes));

    for await (const name of glob('blobs/*/*', { cwd: folder() })) {
      const file = join(folder(), name);
      const digest = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      if (`sha256:${digest}` === layers[0].digest) return file;
    }
    throw new Error(`no file has ${layers[0].digest}`);
  }

  beforeAll(async () => {
    backed = await startBacked('SQLite and files', {
      env: { BERTH_SWEEP_INTERVAL: '200ms', BERTH_UPLOAD_LEASE: '500ms' },
    });
    await backed.product.createRegistry('acme');
    images = Array.from({ length: 4 }, () => buildImage({ layers: randomLayers(1, 3_000) }));
    for (const [index, image] of images.entries()) await push(image, `v${index}`);
  });
  afterAll(() => backed?.stop());

  test('finds nothing while clients push and pull', async () => {
    const workload = startWorkload(backed.product, 'acme', 3);
    const report = await runCheck(backed, ['--digests', 'all']);
    await workload.stop();
    expect(report).toMatchObject({ code: 0, isClean: true, findings: [] });
    expect(report.examined['blobs hashed']).toBeGreaterThanOrEqual(8);
    expect(workload.violations).toEqual([]);
  });

  test('repairs nothing where it sees another blob store than the services', async () => {
    const empty = await temporaryFolder();
    const nowhere = join(empty, 'nowhere');
    const repairAt = async (place: string) => {
      const settings = { ...backed.settings, BERTH_STORAGE_URL: `file:${place}` };
      const { code, output } = await runOperator({ ...backed, settings }, ['check', '--repair']);
      return [code, output];
    };
    expect(await repairAt(nowhere)).toEqual([2, expect.stringContaining(`there is no folder ${nowhere}`)]);
    expect(await repairAt(empty)).toEqual([
      2,
      expect.stringContaining(`another blob store than file:${empty}`),
    ]);
    expect(await readdir(empty)).toEqual(['.check']);
    expect(await runCheck(backed, ['--digests', 'all'])).toMatchObject({ code: 0, findings: [] });
  });

  test('names each damage once, mends what it can, and says what is to be pushed again', async () => {
    const layerOf = (index: number): string => JSON.parse(String(images[index]?.bytes)).layers[0].digest;
    await rm(await fileOf(images[0]));
    await truncate(await fileOf(images[1]), 10);
    const wrong = await fileOf(images[2]);
    await writeFile(wrong, (await readFile(wrong)).reverse());
    const stray = join(folder(), 'blobs/ab/stray');
    await mkdir(join(folder(), 'blobs/ab'), { recursive: true });
    await writeFile(stray, 'left by nobody');

    const damage = [
      ['missing', layerOf(0)],
      ['orphaned', 'blobs/ab/stray'],
      ['wrongDigest', layerOf(2)],
      ['wrongSize', layerOf(1)],
    ];
    const found = await runCheck(backed, ['--digests', 'all']);
    expect(found.code).toBe(1);
    expect(found.findings.map(({ problem, id }) => [problem, id]).sort()).toEqual(damage);
    for (const { problem, repositories } of found.findings)
      expect(repositories).toEqual(problem === 'orphaned' ? [] : ['acme/web']);

    const mended = await runCheck(backed, ['--digests', 'all', '--repair', '--repair-share', '50%']);
    const repaired = mended.findings.filter(({ isRepaired }) => isRepaired);
    expect(repaired.map(({ problem, id }) => [problem, id]).sort()).toEqual(damage);
    // The images are not whole yet, and the report goes on saying so.
    const text = await runOperator(backed, ['check']);
    expect([text.code, text.stdout]).toEqual([
      1,
      expect.stringContaining('push again what is tagged in: acme/web'),
    ]);

    for (const index of [0, 1, 2]) await push(images[index] as BuiltManifest, `v${index}`);
    await waitUntil(async () => (await readFile(stray).catch(() => null)) === null, {
      what: 'a swept stray',
    });
    expect(await runCheck(backed, ['--digests', 'all'])).toMatchObject({ code: 0, findings: [] });
    const client = clientOf(backed.product);
    for (const image of images) await verifyBlobs(client, 'acme/web', image.bytes);
    await client.close();
  });

  test.each([
    [['--digests', 'some'], '--digests must be none, sample or all, not "some"'],
    [['--digests', 'sample', '--sample', '5'], '--sample must be a share from 0% to 100%, not "5"'],
    [['--repair-share', '5'], '--repair-share must be a share from 0% to 100%, not "5"'],
    [['--rate', 'fast'], '--rate must be bytes a second such as 50MiB, not "fast"'],
    [['--colour'], "'--colour'"],
  ])('%s is told in one line, with exit code 2', async (args, message) => {
    const { code, stdout, output } = await runOperator(backed, ['check', ...args]);
    expect([code, stdout, output]).toEqual([2, '', expect.stringContaining(message)]);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  test('where no Berth runs, that is said, with what to do', async () => {
    const elsewhere = { ...backed, settings: { BERTH_DATA: '/nowhere' } };
    const product = { ...backed.product, berth: { ...backed.product.berth, dataFolder: '/nowhere' } };
    const { code, output } = await runOperator({ ...elsewhere, product }, ['check']);
    expect([code, output]).toEqual([2, expect.stringContaining('no Berth runs on the data folder /nowhere')]);
  });
});
