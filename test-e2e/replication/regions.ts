import { createRegistryClient, type RegistryClient } from '@berth/registry-client';
import { waitUntil } from '@berth/testing';
import { type BerthProduct, startBerthProduct } from '../support/berth-product.ts';
import { type Replication, replicationOf } from './replication.ts';

/** A Berth with the registry `acme`. */
export interface Region {
  readonly product: BerthProduct;
  readonly client: RegistryClient;
  readonly replication: Replication;
  stop(): Promise<void>;
}

/** Starts one that tries a copy again after `retryPause` at first. */
export async function startRegion({ retryPause = '100ms' } = {}): Promise<Region> {
  const product = await startBerthProduct({
    env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_REPLICATION_RETRY_PAUSE: retryPause },
  });
  const { origin, username, password } = product;
  await product.createRegistry('acme');
  const client = createRegistryClient({ url: origin, credentials: { username, password } });
  return {
    ...{ product, client, replication: replicationOf(product) },
    async stop() {
      await client.close();
      await product.stop();
    },
  };
}

/** Sends each push, retag and deletion of one on to the other, which it reaches at `url`; the id of the policy. */
export async function connect(from: Region, to: Region, url = to.product.origin): Promise<string> {
  const robot = await to.replication.call('createRobot', {
    body: { registry: 'acme', name: 'copier', role: 'maintainer' },
  });
  return await from.replication.makePolicy(
    { url, username: robot.username, secret: robot.secret },
    { registry: 'acme', direction: 'push', trigger: 'event', overwrite: 'always', deletes: 'mirror' },
  );
}

export async function digestOf(region: Region, repository: string, tag: string): Promise<string | undefined> {
  return (await region.client.manifests.head(repository, tag))?.digest ?? undefined;
}

/** The newest runs of a policy. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
export async function runsOf(region: Region, policyId: string): Promise<readonly any[]> {
  const request = { params: { id: policyId }, query: { limit: '500' } };
  return (await region.replication.call('listReplicationRuns', request)).items;
}

/** Waits until no run of a policy goes on, and gives the newest. */
export async function allEnded(region: Region, policyId: string, timeoutMs = 60_000) {
  const ask = async () => {
    const runs = await runsOf(region, policyId);
    return runs.every(({ state }) => state !== 'running') ? runs : null;
  };
  return await waitUntil(ask, { timeoutMs, what: 'the end of all runs' });
}
