import type { OperationId } from '@berth/contracts';
import { digestOf } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { startChosen } from '../support/backends.ts';
import { type BerthProduct, basic } from '../support/berth-product.ts';
import { pushSmallImage } from '../support/small-image.ts';
import { callManagement, type ManagementAnswer, type ManagementRequest } from './management-client.ts';

/** Who asks. All but `admin`, `plain` and `anonymous` hold one role in registry `own`, and nothing elsewhere. */
export const IDENTITIES = [
  'admin',
  'maintainer',
  'developer',
  'uploader',
  'viewer',
  'robot',
  'plain',
  'anonymous',
] as const;
export type Identity = (typeof IDENTITIES)[number];

/** `own` and `other` are private, `open` is public. */
export const REGISTRIES = ['own', 'other', 'open'] as const;
export type RegistryName = (typeof REGISTRIES)[number];

/** Something that belongs to a registry and is looked up by its id. */
export type ObjectKind =
  | 'policy'
  | 'cleanupPolicy'
  | 'cleanupRun'
  | 'replication'
  | 'replicationRun'
  | 'failedRun'
  | 'webhook'
  | 'robot'
  | 'grant';

const PASSWORD = 'a password of the matrix';

export interface PushedImage {
  readonly manifest: string;
  readonly layer: string;
}

/** A running Berth with three registries that each hold an image and one object of every kind, and eight identities. */
export interface World {
  readonly product: BerthProduct;
  /** `web:1.0` of a registry. */
  imageOf(registry: RegistryName): PushedImage;
  credential(identity: Identity): { readonly username: string; readonly password: string } | undefined;
  /** The `Authorization` header with Basic; undefined for the anonymous. */
  basic(identity: Identity): string | undefined;
  objectId(registry: RegistryName, kind: ObjectKind): string;
  call(identity: Identity, operation: OperationId, request?: ManagementRequest): Promise<ManagementAnswer>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const { product, stop } = await startChosen({
    env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_SWEEP_RATE: '1' },
  });
  try {
    return { ...(await fill(product)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fill(product: BerthProduct): Promise<World> {
  const credentials = new Map<Identity, { username: string; password: string }>();
  credentials.set('admin', { username: 'admin', password: product.password });
  const headerOf = (identity: Identity): string | undefined => {
    const credential = credentials.get(identity);
    return credential && basic(credential.username, credential.password);
  };
  const call: World['call'] = (identity, operation, request = {}) =>
    callManagement(product.origin, operation, request, headerOf(identity));
  const make = async (operation: OperationId, body: unknown): Promise<ManagementAnswer['body']> => {
    const answer = await call('admin', operation, { body });
    if (answer.status !== 201)
      throw new Error(`${operation}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  /** A dry run that was cancelled, or was faster. */
  const endedCleanup = async (policyId: string): Promise<{ id: string }> => {
    const started = await call('admin', 'startCleanupRun', {
      params: { id: policyId },
      body: { dryRun: true },
    });
    await call('admin', 'cancelCleanupRun', { params: { id: started.body.id } });
    return started.body;
  };

  const endedRun = async (policyId: string): Promise<{ id: string }> => {
    const started = await call('admin', 'startReplicationRun', { params: { id: policyId }, body: {} });
    const params = { runId: started.body.id };
    const ask = async () => (await call('admin', 'getReplicationRun', { params })).body.state !== 'running';
    await waitUntil(ask, { what: 'an ended run' });
    return started.body;
  };

  for (const name of REGISTRIES)
    await make('createRegistry', { name, visibility: name === 'open' ? 'public' : 'private' });
  for (const identity of ['maintainer', 'developer', 'uploader', 'viewer', 'plain'] as const) {
    await make('createUser', { username: identity, password: PASSWORD });
    credentials.set(identity, { username: identity, password: PASSWORD });
    if (identity !== 'plain')
      await make('createGrant', { subject: `user:${identity}`, registry: 'own', role: identity });
  }
  const robot = await make('createRobot', { registry: 'own', name: 'ci', role: 'developer' });
  credentials.set('robot', { username: robot.username, password: robot.secret });

  const objects = new Map<string, string>();
  await make('createUser', { username: 'somebody', password: PASSWORD });
  const endpoint = await make('createEndpoint', {
    name: 'here',
    url: product.origin,
    username: 'nobody',
    secret: 'a wrong one',
  });
  for (const registry of REGISTRIES) {
    const cleanupPolicy = await make('createCleanupPolicy', {
      registry,
      name: 'tidy',
      tags: { match: ['protected-*'] },
      keep: [{ rule: 'always' }],
    });
    const replication = await make('createReplicationPolicy', {
      registry,
      name: 'copies',
      direction: 'push',
      endpoint: endpoint.id,
      images: { match: ['no-such-image'] },
    });
    const pulling = await make('createReplicationPolicy', {
      registry,
      name: 'refused',
      direction: 'pull',
      endpoint: endpoint.id,
      images: { match: ['web'] },
    });
    const made: Record<ObjectKind, { id: string }> = {
      cleanupPolicy,
      cleanupRun: await endedCleanup(cleanupPolicy.id),
      policy: await make('createProtectionPolicy', {
        registry,
        name: 'releases',
        tags: { match: ['protected-*'] },
      }),
      replication,
      replicationRun: await endedRun(replication.id),
      failedRun: await endedRun(pulling.id),
      webhook: await make('createWebhook', {
        registry,
        name: 'hook',
        url: 'http://127.0.0.1:9/',
        events: ['registry.deleted'],
      }),
      robot: await make('createRobot', { registry, name: 'object', role: 'viewer' }),
      grant: await make('createGrant', { subject: 'user:somebody', registry, role: 'viewer' }),
    };
    for (const [kind, { id }] of Object.entries(made)) objects.set(`${registry} ${kind}`, id);
  }
  const images = new Map<RegistryName, PushedImage>();
  for (const registry of REGISTRIES) {
    const { digest, blobs } = await pushSmallImage(product, `${registry}/web`, '1.0');
    images.set(registry, { manifest: digest, layer: digestOf(blobs[1] ?? Buffer.alloc(0)) });
  }

  return {
    product,
    imageOf: (registry) => images.get(registry) as PushedImage,
    credential: (identity) => credentials.get(identity),
    basic: headerOf,
    objectId: (registry, kind) => objects.get(`${registry} ${kind}`) ?? '',
    call,
    stop: () => product.stop(),
  };
}
