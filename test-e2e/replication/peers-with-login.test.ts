import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import {
  buildImage,
  buildIndex,
  createTrustingClient,
  pushManifest,
  randomLayers,
} from '@berth/registry-client/testing';
import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { certifyByOwnAuthority } from '../support/own-authority.ts';
import { PEER_LOGIN, type PeerRegistry, startPeerRegistry } from '../support/peer-registry.ts';
import { type ArtifactTools, prepareTools, type ToolTarget } from './artifact-tools.ts';
import { type Replication, replicationOf } from './replication.ts';

jest.setTimeout(180_000);

const index = buildIndex([1, 2].map((count) => buildImage({ layers: randomLayers(count, 20_000) })));

let product: BerthProduct;
let berth: RegistryClient;
let here: ToolTarget;
let replication: Replication;

beforeAll(async () => {
  product = await startBerthProduct({
    env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_REPLICATION_RETRY_PAUSE: '10ms' },
  });
  const { origin, username, password } = product;
  here = { origin, username, password };
  berth = createRegistryClient({ url: origin, credentials: { username, password } });
  replication = replicationOf(product);
}, 120_000);
afterAll(async () => {
  await berth?.close();
  await product?.stop();
});

const programs = ['registry', 'docker-registry', 'openssl', 'cosign', 'helm'];
describeWith({ programs }, 'registries of others that want a login', () => {
  describe.each([
    { program: 'registry', isTls: false },
    { program: 'registry', isTls: true },
    { program: 'docker-registry', isTls: false },
    { program: 'docker-registry', isTls: true },
  ] as const)('$program, TLS by an own authority: $isTls', ({ program, isTls }) => {
    const name = `${program === 'registry' ? 'new' : 'old'}${isTls ? '-tls' : ''}`;
    let peer: PeerRegistry;
    let there: ToolTarget;
    let client: RegistryClient;
    let endpoint: Record<string, string>;
    let tools: ArtifactTools;

    beforeAll(async () => {
      const folder = await temporaryFolder();
      const certificates = isTls ? certifyByOwnAuthority(folder) : undefined;
      peer = await startPeerRegistry(program, join(folder, 'peer'), {
        login: true,
        ...(certificates && { tls: certificates.server }),
      });
      const authority = certificates && (await readFile(certificates.authority, 'utf8'));
      const { origin } = peer;
      const { username, password } = PEER_LOGIN;
      there = { origin, username, password, ...(certificates && { authority: certificates.authority }) };
      client = createTrustingClient({ url: origin, credentials: PEER_LOGIN }, authority);
      endpoint = {
        ...{ url: origin, username, secret: password },
        ...(authority !== undefined && { caCertificate: authority }),
      };
      tools = await prepareTools([here, there]);
      for (const registry of [name, `${name}-back`]) await product.createRegistry(registry);
    }, 60_000);
    afterAll(async () => {
      await client?.close();
      await peer?.server.stop();
    });

    async function isWhole(target: ToolTarget, registry: RegistryClient, prefix: string): Promise<void> {
      expect((await registry.manifests.head(`${prefix}/web`, '1.0'))?.digest).toBe(index.digest);
      for (const child of index.children) {
        const { bytes } = await registry.manifests.get(`${prefix}/web`, child.digest);
        expect(bytes.equals(child.bytes)).toBe(true);
      }
      expect(await tools.verify(target, `${prefix}/web:1.0`)).toContain(index.digest);
      expect(await tools.showChart(target, `${prefix}/charts`)).toContain('name: harbourmaster');
    }

    test('a multi-platform index, its cosign signature and a chart go there: cosign verifies, helm pulls', async () => {
      await pushManifest(berth, `${name}/web`, { manifest: index, tag: '1.0' });
      await tools.sign(here, `${name}/web`, index.digest);
      await tools.pushChart(here, `${name}/charts`);
      const policy = await replication.makePolicy(endpoint, { registry: name, direction: 'push' });
      const { run, tasks } = await replication.run(policy);
      expect(tasks.map(({ reason }) => reason)).toEqual([undefined, undefined]);
      expect(run).toMatchObject({ state: 'succeeded', counts: { copied: 2 } });
      await isWhole(there, client, name);
    });

    test('and come back into another registry here', async () => {
      const policy = await replication.makePolicy(endpoint, {
        ...{ registry: `${name}-back`, direction: 'pull', remoteRegistry: name },
        images: { match: ['web', 'charts/harbourmaster'] },
      });
      const { run, tasks } = await replication.run(policy);
      expect(tasks.map(({ reason }) => reason)).toEqual([undefined, undefined]);
      expect(run).toMatchObject({ state: 'succeeded', counts: { copied: 2 } });
      await isWhole(here, berth, `${name}-back`);
    });

    test('with a wrong password the task says 401, at once, and nothing is copied', async () => {
      const policy = await replication.makePolicy(
        { ...endpoint, secret: 'not-the-password' },
        { registry: name, direction: 'push' },
      );
      const { run, tasks } = await replication.run(policy);
      expect(run).toMatchObject({ state: 'failed', counts: { copied: 0, copiedBytes: 0 } });
      expect(tasks.map(({ tries }) => tries)).toEqual([1, 1]);
      expect(tasks[0].reason).toContain('401');
      expect(JSON.stringify(tasks)).not.toContain('not-the-password');
    });

    if (isTls)
      test('without the certificate of its authority nothing is sent there, and the task says why', async () => {
        const { caCertificate: _, ...distrusting } = endpoint;
        const policy = await replication.makePolicy(distrusting, { registry: name, direction: 'push' });
        const { run, tasks } = await replication.run(policy);
        expect(run).toMatchObject({ state: 'failed', counts: { copied: 0, copiedBytes: 0 } });
        expect(tasks[0].reason).toMatch(/certificate/i);
        expect(tasks[0].tries).toBe(1);
      });
  });
});
