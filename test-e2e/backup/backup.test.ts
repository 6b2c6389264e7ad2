import { cp, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuiltManifest,
  buildArtifact,
  buildImage,
  buildIndex,
  pushManifest,
  randomLayers,
} from '@berth/registry-client/testing';
import { hasMongoStandIn, startMongoStandIn, type TestMongo, temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Acknowledged, clientOf, startWorkload, verifyImage } from '../faults/workload.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { berthCommand, runCheck } from '../support/operator.ts';
import { pause } from '../support/pause.ts';

interface Kept {
  readonly users: unknown;
  readonly grants: unknown;
  readonly robots: unknown;
  readonly policies: unknown;
  readonly webhooks: unknown;
}

describeWith(
  { programs: [], obstacle: hasMongoStandIn() ? null : 'missing: mongo-stand-in' },
  'a backup taken while clients work',
  () => {
    let source: string;
    let exported: string;
    /** Pushed and acknowledged before the export began. */
    let before: readonly Acknowledged[];
    let index: BuiltManifest;
    let signature: BuiltManifest;
    let kept: Kept;
    let mongo: TestMongo | undefined;
    const products: BerthProduct[] = [];

    async function start(env: Record<string, string>, dataFolder: string): Promise<BerthProduct> {
      const product = await startBerthProduct({ dataFolder, env });
      products.push(product);
      return product;
    }
    const stop = async (product: BerthProduct): Promise<void> => {
      products.splice(products.indexOf(product), 1);
      await product.berth.halt();
    };
    const api = async (product: BerthProduct, method: string, path: string, body?: object) => {
      const answer = await fetch(`${product.origin}/api/v1${path}`, {
        method,
        headers: { authorization: basic('admin', product.password), 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === '' ? null : JSON.parse(text);
    };
    /** As lists show them, without what changes by itself. */
    async function readKept(product: BerthProduct): Promise<Kept> {
      const list = async (path: string) =>
        (await api(product, 'GET', path)).items.map(
          ({ lastUsedAt: _, lastLoginAt: __, ...item }: Record<string, unknown>) => item,
        );
      return {
        users: await list('/access/users'),
        grants: await list('/access/grants?subject=user:ann'),
        robots: await list('/access/robots?registry=acme'),
        policies: await list('/protection/policies?registry=acme'),
        webhooks: await list('/webhooks?registry=acme'),
      };
    }

    beforeAll(async () => {
      mongo = await startMongoStandIn();
      source = await temporaryFolder();
      const product = await start({}, source);
      await product.createRegistry('acme');
      await api(product, 'POST', '/access/users', { username: 'ann', password: 'correct horse battery' });
      await api(product, 'POST', '/access/grants', {
        subject: 'user:ann',
        registry: 'acme',
        role: 'developer',
      });
      await api(product, 'POST', '/access/robots', {
        registry: 'acme',
        name: 'ci',
        role: 'viewer',
        expiresAt: null,
      });
      await api(product, 'POST', '/protection/policies', {
        registry: 'acme',
        name: 'releases',
        tags: { match: ['v*'] },
      });
      await api(product, 'POST', '/webhooks', {
        ...{ registry: 'acme', name: 'hook', url: 'https://example.com/', events: ['artifact.pushed'] },
        ...{ secret: 'sixteen characters and more', enabled: false },
      }).catch((error) => {
        if (!/TARGET_REFUSED/.test(String(error))) throw error; // no name can be resolved here
      });
      const client = clientOf(product);
      const children = [1, 2].map(() => buildImage({ layers: randomLayers(1, 2_000) }));
      index = buildIndex(children);
      await pushManifest(client, 'acme/multi', { manifest: index, tag: 'v1' });
      signature = buildArtifact({ artifactType: 'application/vnd.example.signature', subject: index });
      await pushManifest(client, 'acme/multi', { manifest: signature });
      await client.close();
      kept = await readKept(product);

      const workload = startWorkload(product, 'acme', 3);
      await pause(1_500);
      before = [...workload.acknowledged];
      exported = join(await temporaryFolder(), 'export');
      const { code, output } = await berthCommand({ BERTH_DATA: source }, ['export', '--out', exported]);
      await workload.stop();
      expect([code, output]).toEqual([0, expect.stringMatching(/metadata: \d+ documents/)]);
      expect(workload.violations).toEqual([]);
      // Bytes after facts, as the documentation says.
      await cp(join(source, 'blobs'), join(exported, '..', 'blobs'), { recursive: true });
      await stop(product);
    });

    afterAll(async () => {
      await Promise.all(products.map((product) => product.stop()));
      await mongo?.stop();
    });

    test('is for its owner alone, and is refused where something is already', async () => {
      expect((await stat(join(exported, 'metadata.jsonl'))).mode & 0o777).toBe(0o600);
      expect((await readdir(exported)).sort()).toEqual([
        'auth-token.jsonl',
        'metadata.jsonl',
        'replicator.jsonl',
        'retention-cleaner.jsonl',
        'webhook-dispatcher.jsonl',
      ]);
      const again = await berthCommand({ BERTH_DATA: source }, ['export', '--out', exported]);
      expect([again.code, again.output]).toEqual([2, expect.stringContaining('is not empty')]);
      const onto = await berthCommand({ BERTH_DATA: source }, ['import', exported]);
      expect([onto.code, onto.output]).toEqual([
        2,
        expect.stringContaining('an import goes into an empty one'),
      ]);
    });

    test.each(['SQLite', 'MongoDB'])(
      'comes back on %s: people, settings, and every image of before',
      async (kind) => {
        const folder = await temporaryFolder();
        const env: Record<string, string> =
          kind === 'MongoDB' ? { BERTH_DATABASE_URL: mongo?.url ?? '' } : {};
        await cp(join(exported, '..', 'blobs'), join(folder, 'blobs'), { recursive: true });
        for (const secret of ['platform-key', 'admin-password'])
          await cp(join(source, secret), join(folder, secret));
        const { code, output } = await berthCommand({ BERTH_DATA: folder, ...env }, ['import', exported]);
        expect([code, output]).toEqual([0, expect.stringContaining('imported')]);

        const product = await start(env, folder);
        // Clients pushed on until the bytes were copied: much of them is unknown to the facts.
        const repair = ['--digests', 'all', '--repair', '--repair-share', '100%'];
        const mended = await runCheck({ product, settings: env }, repair);
        expect(mended.findings.filter(({ problem }) => LOSSES.includes(problem))).toEqual([]);
        expect(await runCheck({ product, settings: env }, ['--digests', 'all'])).toMatchObject({ code: 0 });
        expect(await readKept(product)).toEqual(kept);
        const client = clientOf(product);
        for (const image of before) if (image.tag !== 'latest') await verifyImage(client, image);
        expect((await client.manifests.get('acme/multi', 'v1')).digest).toBe(index.digest);
        const found: string[] = [];
        for await (const { digest } of client.lists.referrers('acme/multi', index.digest)) found.push(digest);
        expect(found).toEqual([signature.digest]);
        await client.close();

        const ann = clientOf({ ...product, username: 'ann', password: 'correct horse battery' });
        await pushManifest(ann, 'acme/new', {
          manifest: buildImage({ layers: randomLayers(1, 100) }),
          tag: 'v1',
        });
        await ann.close();
        await stop(product);
      },
    );

    test.each([
      ['is cut', (file: string) => truncate(file, 700), /no JSON|has no end/],
      ['lost a line', async (file: string) => await without(file, 3), /documents, its end says/],
      [
        'is of another service',
        async (file: string) => await cp(join(exported, 'auth-token.jsonl'), file),
        /header of an export of auth-token/,
      ],
      [
        'is of another format',
        async (file: string) => await writeFile(file, '{"berthExport":2}\n'),
        /metadata\.jsonl:1 is no header/,
      ],
      [
        'is something else',
        async (file: string) => await writeFile(file, 'hello\n'),
        /metadata\.jsonl:1 is no JSON/,
      ],
    ])('that %s is refused before anything is stored', async (_, damage, message) => {
      const folder = await temporaryFolder();
      await cp(exported, join(folder, 'export'), { recursive: true });
      await damage(join(folder, 'export/metadata.jsonl'));
      const data = join(folder, 'data');
      const { code, output } = await berthCommand({ BERTH_DATA: data }, ['import', join(folder, 'export')]);
      expect([code, output]).toEqual([2, expect.stringMatching(message)]);
      await mkdir(data, { recursive: true });
      expect(await readdir(data)).toEqual([]);
    });
  },
);

const LOSSES = ['missing', 'wrongSize', 'wrongDigest', 'missingReference', 'ownerless'];

async function without(file: string, line: number): Promise<void> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, lines.filter((_, index) => index !== line).join('\n'));
}
