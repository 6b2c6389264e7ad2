import { join } from 'node:path';
import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { temporaryFolder, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { describeWith } from '../support/needs-programs.ts';
import { startPeerRegistry } from '../support/peer-registry.ts';
import { type BigImage, digestOfBlob, pushBigImage } from './big-layer.ts';
import { type Region, startRegion } from './regions.ts';

const MIB = 1024 * 1024;
const LAYER_MIB = 96;
/** Of a copy: what is sent again at most after each cut. */
const CHUNK_BYTES = 32 * MIB;

interface Destination {
  readonly port: number;
  readonly credentials?: { readonly username: string; readonly password: string };
  stop(): Promise<void>;
}

async function startDestination(kind: 'Berth' | 'registry' | 'docker-registry'): Promise<Destination> {
  if (kind === 'Berth') {
    const { product, stop } = await startRegion();
    const { username, password } = product;
    return { port: product.port, credentials: { username, password }, stop };
  }
  const { origin, server } = await startPeerRegistry(kind, join(await temporaryFolder(), kind));
  return { port: Number(new URL(origin).port), stop: () => server.stop() };
}

describeWith({ programs: ['registry', 'docker-registry'] }, 'a copy that is cut off', () => {
  let source: Region;
  beforeAll(async () => {
    source = await startRegion({ retryPause: '1s' });
  });
  afterAll(async () => {
    await source?.stop();
  });

  describe.each([
    { kind: 'Berth', goesOn: true },
    { kind: 'registry', goesOn: true },
    // It forgets an upload that broke off.
    { kind: 'docker-registry', goesOn: false },
  ] as const)('to $kind', ({ kind, goesOn }) => {
    let destination: Destination;
    let client: RegistryClient;
    let way: CountingProxy;
    let policy: string;
    beforeAll(async () => {
      destination = await startDestination(kind);
      way = await startCountingProxy(destination.port);
      const { port, credentials } = destination;
      client = createRegistryClient({
        url: `http://127.0.0.1:${port}`,
        ...(credentials && { credentials }),
      });
      policy = await source.replication.makePolicy(
        {
          url: `http://127.0.0.1:${way.port}`,
          ...(credentials && { username: credentials.username, secret: credentials.password }),
        },
        {
          registry: 'acme',
          direction: 'push',
          images: { match: [kind.toLowerCase()] },
          bandwidthBytesPerSecond: 24 * MIB,
        },
      );
    });
    afterAll(async () => {
      await client?.close();
      await way?.close();
      await destination?.stop();
    });

    async function startCopy(
      tag: string,
    ): Promise<{ readonly image: BigImage; readonly runId: string; readonly before: number }> {
      const image = await pushBigImage(source.client, `acme/${kind.toLowerCase()}`, {
        tag,
        mib: LAYER_MIB,
      });
      const before = way.sentBytes;
      const { id } = await source.replication.call('startReplicationRun', {
        params: { id: policy },
        body: {},
      });
      // In the middle of the second chunk of three.
      await waitUntil(() => way.sentBytes - before > 44 * MIB, {
        timeoutMs: 60_000,
        what: 'half of the layer',
      });
      return { image, runId: id, before };
    }

    async function arrives(
      { image, runId, before }: Awaited<ReturnType<typeof startCopy>>,
      tag: string,
    ): Promise<number> {
      const { run, tasks } = await source.replication.ended(runId);
      expect(tasks.filter(({ state }) => state === 'failed')).toEqual([]);
      expect(run.state).toBe('succeeded');
      const repository = `acme/${kind.toLowerCase()}`;
      expect((await client.manifests.head(repository, tag))?.digest).toBe(image.manifest.digest);
      expect(await digestOfBlob(client, repository, image.layer.digest)).toBe(image.layer.digest);
      return way.sentBytes - before - image.layer.sizeBytes;
    }

    test('a destination that is away for seconds in the middle of a layer: the copy goes on with what is there', async () => {
      const copy = await startCopy('cut');
      way.cut();
      const ask = async () => {
        const request = { params: { runId: copy.runId } };
        const { items } = await source.replication.call('listReplicationTasks', request);
        return items.some(
          ({ tries, reason }: { tries: number; reason?: string }) => tries > 0 && reason !== undefined,
        );
      };
      await waitUntil(ask, { what: 'a task that says what happened' });
      way.heal();
      const againBytes = await arrives(copy, 'cut');
      if (goesOn) expect(againBytes).toBeLessThan(CHUNK_BYTES + 4 * MIB);
    });

    test('connections that are reset in the middle of a layer are made anew, and the copy goes on', async () => {
      const copy = await startCopy('reset');
      way.reset();
      const againBytes = await arrives(copy, 'reset');
      if (goesOn) expect(againBytes).toBeLessThan(CHUNK_BYTES + 4 * MIB);
    });

    if (kind !== 'Berth') return; // it takes the 20 s of a lease
    test('a replicator that is killed in the middle of a layer: the next goes on with what is there', async () => {
      const copy = await startCopy('killed');
      process.kill((await source.product.process('replicator')).pid, 'SIGKILL');
      const againBytes = await arrives(copy, 'killed');
      if (goesOn) expect(againBytes).toBeLessThan(CHUNK_BYTES + 4 * MIB);
    });
  });
});
