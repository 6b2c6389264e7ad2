import { openBlobStore } from '@berth/blob-store';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { clientOf, verifyBlobs } from '../faults/workload.ts';
import { BACKENDS, type BackedProduct, needsOf, startBacked } from '../support/backends.ts';
import { basic } from '../support/berth-product.ts';
import { describeWith } from '../support/needs-programs.ts';
import { runCheck } from '../support/operator.ts';
import { pause } from '../support/pause.ts';
import { settings } from '../support/settings.ts';
import { type ModelRepository, neededBlobs } from './model-repository.ts';
import { type Soak, startSoak } from './soak-workload.ts';

jest.setTimeout(settings.soakSeconds * 1_000 + 240_000);

const GRACE_MS = 2_000;
const BIN_MS = 3_000;
const CLIENTS = 8;
/** The sweep runs without pause, and nothing that may go stays for longer than seconds. */
const HASTY = {
  BERTH_SWEEP_GRACE: `${GRACE_MS}ms`,
  BERTH_SWEEP_QUARANTINE: '1s',
  BERTH_SWEEP_INTERVAL: '100ms',
  BERTH_SWEEP_RATE: '0',
  BERTH_RECYCLE_BIN: `${BIN_MS}ms`,
  BERTH_UPLOAD_TTL: '10s',
  BERTH_UPLOAD_LEASE: '1s',
};

for (const backends of BACKENDS) {
  describeWith(needsOf(backends), `eight clients and the sweep, on ${backends}`, () => {
    let backed: BackedProduct;
    let soak: Soak;

    beforeAll(
      async () => {
        backed = await startBacked(backends, { env: HASTY });
        await backed.product.createRegistry('acme');
        Object.assign(process.env, backed.s3?.credentials);
        soak = startSoak(backed.product, {
          registry: 'acme',
          clients: CLIENTS,
          graceMs: GRACE_MS,
          binMs: BIN_MS,
        });
        await pause(settings.soakSeconds * 1_000);
        // On a busy machine not everything has come up yet, or a client has given up.
        const isAllDone = () => Object.keys(soak.counts).length === 10 || soak.violations.length > 0;
        await waitUntil(isAllDone, { what: 'every action' });
        await soak.stop();
      },
      settings.soakSeconds * 1_000 + 120_000,
    );

    afterAll(async () => {
      await soak?.stop();
      await backed?.stop();
    });

    test('no client that keeps to the protocol sees anything but what it pushed', () => {
      expect(soak.violations).toEqual([]);
      expect(Object.keys(soak.counts)).toHaveLength(10);
    });

    test('all that was acknowledged and not deleted is there, byte for byte', async () => {
      const client = clientOf(backed.product);
      for (const model of soak.models) await verifyRepository(client, model);
      await client.close();
    });

    test('the storage comes back to what the surviving images need', async () => {
      const needed = neededBlobs(soak.models);
      const store = await openBlobStore({ url: backed.storageUrl });
      const keys = async (): Promise<number> => {
        let count = 0;
        for await (const _ of store.list()) count++;
        return count;
      };
      await waitUntil(async () => (await keys()) === needed.size, {
        timeoutMs: 60_000,
        what: `${needed.size} keys`,
      }).catch(async (error) => {
        throw new Error(`${error.message}: there are ${await keys()}`, { cause: error });
      });
      const later = new Date(Date.now() + 60_000);
      for await (const left of store.listUnfinished({ startedBefore: later })) {
        // Of a key that a sweep has not come to since its last writer died.
        await waitUntil(async () => !(await isUnfinished(store, left.key)));
      }
      await store.close();
    });

    test('the check finds nothing, with every blob read', async () => {
      expect(await runCheck(backed, ['--digests', 'all'])).toMatchObject({ code: 0, findings: [] });
    });

    test('the sweeps say what they did, and none failed', async () => {
      const { origin, username, password } = backed.product;
      const answer = await fetch(`${origin}/api/v1/cleanup/sweeps?limit=100`, {
        headers: { authorization: basic(username, password) },
      });
      const { items } = (await answer.json()) as { items: { state: string; error?: string }[] };
      expect(items.length).toBeGreaterThan(5);
      expect(items.filter(({ state }) => state === 'failed')).toEqual([]);
    });
  });
}

async function verifyRepository(client: ReturnType<typeof clientOf>, model: ModelRepository): Promise<void> {
  for (const [tag, { digest }] of model.tags) {
    expect([tag, (await client.manifests.head(model.name, tag))?.digest]).toEqual([tag, digest]);
  }
  for (const { digest, bytes } of model.artifacts.values()) {
    const found = await client.manifests.get(model.name, digest);
    expect(found.bytes.equals(bytes)).toBe(true);
    await verifyBlobs(client, model.name, bytes);
  }
}

async function isUnfinished(store: Awaited<ReturnType<typeof openBlobStore>>, key: string): Promise<boolean> {
  for await (const left of store.listUnfinished({ startedBefore: new Date() }))
    if (left.key === key) return true;
  return false;
}
