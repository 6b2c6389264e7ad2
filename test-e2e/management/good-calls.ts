import type { OperationId } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import type { ManagementRequest } from '../access/management-client.ts';
import type { Identity, World } from '../access/world.ts';
import { basic } from '../support/berth-product.ts';
import { pushSmallImage } from '../support/small-image.ts';

/** What earlier calls answered, by the operation. */
export type Made = (operation: OperationId) => Readonly<Record<string, string>>;

/** An operation that succeeds, and how. */
export interface GoodCall {
  readonly status: number;
  /** Default: the administrator. */
  readonly as?: Identity;
  request?(made: Made, world: World): ManagementRequest | Promise<ManagementRequest>;
}

const OWN = { registry: 'own', image: 'web' } as const;
const PASSWORD = 'a password of the document';
const byId = (operation: OperationId, more: ManagementRequest = {}) => ({
  status: 200,
  request: (made: Made): ManagementRequest => ({ ...more, params: { id: made(operation).id ?? '' } }),
});
const ofDelivery = (made: Made, world: World): ManagementRequest => ({
  params: { id: world.objectId('own', 'webhook'), deliveryId: made('testWebhook').id ?? '' },
});

/** A run of the policy that was made that waits: of two artifacts of an image the older one is to go, which is over its share. */
async function runToConfirm(made: Made, world: World): Promise<ManagementRequest> {
  for (const tag of ['v1', 'v2']) await pushSmallImage(world.product, 'own/untidy', tag);
  const policy = { id: made('createCleanupPolicy').id ?? '' };
  let id = '';
  await waitUntil(
    async () => {
      const started = await world.call('admin', 'startCleanupRun', { params: policy, body: {} });
      id = started.body.id;
      return started.status === 202;
    },
    { what: 'a policy without a run' },
  );
  const params = { id };
  await waitUntil(
    async () =>
      (await world.call('admin', 'getCleanupRun', { params })).body.state === 'awaitingConfirmation',
    { what: 'a run that waits to be confirmed' },
  );
  return { params };
}

/** Each deleted image has two links to look at, which takes two seconds at the rate that the world is started with. */
async function withMuchToSweep(_: Made, world: World): Promise<ManagementRequest> {
  for (let index = 0; index < 10; index++) await pushSmallImage(world.product, 'own/swept', `v${index}`);
  await world.call('admin', 'deleteImage', { params: { registry: 'own', image: 'swept' } });
  return {};
}

/** One success of every operation, in an order in which each finds what it needs. */
export const GOOD_CALLS: Readonly<Record<OperationId, GoodCall>> = {
  getApiPage: { status: 200, as: 'anonymous' },
  getApiDocument: { status: 200, as: 'anonymous' },

  createRegistry: {
    status: 201,
    request: () => ({ body: { name: 'made', visibility: 'public', description: 'for a while' } }),
  },
  listRegistries: { status: 200, request: () => ({ query: { limit: '2', sort: '-name' } }) },
  getRegistry: { status: 200, request: () => ({ params: OWN }) },
  updateRegistry: { status: 200, request: () => ({ params: OWN, body: { description: 'changed' } }) },
  deleteRegistry: { status: 204, request: () => ({ params: { registry: 'made' } }) },

  listImages: { status: 200, request: () => ({ params: OWN, query: { q: 'we' } }) },
  getImage: { status: 200, request: () => ({ params: OWN }) },
  listArtifacts: { status: 200, request: () => ({ params: OWN, query: { attached: 'true' } }) },
  getArtifact: {
    status: 200,
    request: (_, world) => ({ params: { ...OWN, digest: world.imageOf('own').manifest } }),
  },
  putTag: {
    status: 201,
    request: (_, world) => ({
      params: { ...OWN, tag: '2.0' },
      body: { digest: world.imageOf('own').manifest },
    }),
  },
  listTags: { status: 200, request: () => ({ params: OWN, query: { name: '2.0' } }) },
  getTag: { status: 200, request: () => ({ params: { ...OWN, tag: '2.0' } }) },
  deleteTag: { status: 204, request: () => ({ params: { ...OWN, tag: '2.0' } }) },
  deleteArtifact: {
    status: 204,
    request: (_, world) => ({
      params: { registry: 'other', image: 'web', digest: world.imageOf('other').manifest },
    }),
  },
  deleteImage: { status: 204, request: () => ({ params: { registry: 'open', image: 'web' } }) },
  listDeletedArtifacts: { status: 200, request: () => ({ params: { registry: 'other', image: 'web' } }) },
  listDeletedInRegistry: { status: 200, request: () => ({ params: { registry: 'open' } }) },
  restoreArtifact: {
    status: 200,
    request: (_, world) => ({
      params: { registry: 'other', image: 'web', digest: world.imageOf('other').manifest },
    }),
  },
  purgeArtifact: {
    status: 204,
    request: (_, world) => ({
      params: { registry: 'open', image: 'web', digest: world.imageOf('open').manifest },
    }),
  },

  createProtectionPolicy: {
    status: 201,
    request: () => ({
      body: { registry: 'own', name: 'made', tags: { match: ['v*'], exclude: ['v0*'] }, enabled: false },
    }),
  },
  listProtectionPolicies: { status: 200, request: () => ({ query: { registry: 'own' } }) },
  getProtectionPolicy: byId('createProtectionPolicy'),
  updateProtectionPolicy: byId('createProtectionPolicy', { body: { images: { match: ['web'] } } }),
  deleteProtectionPolicy: { ...byId('createProtectionPolicy'), status: 204 },

  createUser: {
    status: 201,
    request: () => ({ body: { username: 'made', password: PASSWORD, groups: ['ops'] } }),
  },
  listUsers: { status: 200, request: () => ({ query: { limit: '3' } }) },
  getUser: { status: 200, request: () => ({ params: { username: 'made' } }) },
  updateUser: {
    status: 200,
    request: () => ({ params: { username: 'made' }, body: { groups: [], admin: true } }),
  },
  getMe: { status: 200, as: 'robot' },
  updateMe: {
    status: 200,
    as: 'anonymous',
    request: () => ({
      headers: { authorization: basic('made', PASSWORD) },
      body: { currentPassword: PASSWORD, password: `${PASSWORD}, another` },
    }),
  },
  openSession: {
    status: 201,
    as: 'anonymous',
    request: () => ({ body: { username: 'made', password: `${PASSWORD}, another` } }),
  },
  endSession: {
    status: 204,
    as: 'anonymous',
    request: (made) => ({ headers: { authorization: `Bearer ${made('openSession').token}` } }),
  },
  deleteUser: { status: 204, request: () => ({ params: { username: 'made' } }) },

  createKey: { status: 201, request: () => ({ body: { description: 'laptop', expiresAt: null } }) },
  listKeys: { status: 200 },
  getKey: byId('createKey'),
  updateKey: byId('createKey', { body: { enabled: false } }),
  deleteKey: { ...byId('createKey'), status: 204 },

  createRobot: {
    status: 201,
    request: () => ({
      body: { registry: 'own', name: 'made', role: 'viewer', expiresAt: '2090-01-01T00:00:00Z' },
    }),
  },
  listRobots: { status: 200, request: () => ({ query: { registry: 'own' } }) },
  getRobot: byId('createRobot'),
  updateRobot: byId('createRobot', { body: { expiresAt: null, role: 'developer' } }),
  deleteRobot: { ...byId('createRobot'), status: 204 },

  createGrant: {
    status: 201,
    request: () => ({ body: { subject: 'group:ops', registry: '*', role: 'viewer' } }),
  },
  listGrants: { status: 200, request: () => ({ query: { subject: 'user:somebody' } }) },
  getGrant: byId('createGrant'),
  deleteGrant: { ...byId('createGrant'), status: 204 },
  explainAccess: {
    status: 200,
    request: () => ({ query: { subject: 'user:somebody', registry: 'own', image: 'web', action: 'push' } }),
  },
  listAudit: { status: 200, request: () => ({ query: { registry: 'own', outcome: 'success' } }) },

  createWebhook: {
    status: 201,
    request: () => ({
      body: {
        registry: 'own',
        name: 'made',
        url: 'http://127.0.0.1:9/',
        events: ['tag.updated'],
        images: ['web'],
        format: 'slack',
        secret: 'sixteen characters and more',
        enabled: false,
      },
    }),
  },
  listWebhooks: { status: 200, request: () => ({ query: { registry: 'own' } }) },
  getWebhook: byId('createWebhook'),
  updateWebhook: byId('createWebhook', { body: { secret: null, images: null, name: 'made anew' } }),
  deleteWebhook: { ...byId('createWebhook'), status: 204 },
  testWebhook: {
    status: 200,
    request: (_, world) => ({ params: { id: world.objectId('own', 'webhook') } }),
  },
  listDeliveries: {
    status: 200,
    request: (_, world) => ({
      params: { id: world.objectId('own', 'webhook') },
      query: { state: 'failed' },
    }),
  },
  getDelivery: { status: 200, request: ofDelivery },
  redeliver: { status: 202, request: ofDelivery },

  createCleanupPolicy: {
    status: 201,
    request: () => ({
      body: {
        registry: 'own',
        name: 'made',
        images: { match: ['untidy'] },
        tags: { match: ['v*'], exclude: ['v0*'] },
        keep: [{ rule: 'latestPushed', count: 1 }],
        schedule: '30 3 * * 1',
        timeZone: 'Europe/Berlin',
      },
    }),
  },
  listCleanupPolicies: { status: 200, request: () => ({ query: { registry: 'own' } }) },
  getCleanupPolicy: byId('createCleanupPolicy'),
  updateCleanupPolicy: byId('createCleanupPolicy', { body: { schedule: null, maxDeletedShare: 0 } }),
  startCleanupRun: { ...byId('createCleanupPolicy', { body: { dryRun: true } }), status: 202 },
  listCleanupRuns: byId('createCleanupPolicy'),
  getCleanupRun: byId('startCleanupRun'),
  listCleanupDecisions: byId('startCleanupRun', { query: { outcome: 'kept' } }),
  cancelCleanupRun: { status: 202, request: (made, world) => runToConfirm(made, world) },
  confirmCleanupRun: { status: 202, request: (made, world) => runToConfirm(made, world) },
  deleteCleanupPolicy: { ...byId('createCleanupPolicy'), status: 204 },
  createEndpoint: {
    status: 201,
    request: () => ({
      body: { name: 'away', url: 'http://127.0.0.1:9', username: 'copier', secret: 'of the copier' },
    }),
  },
  listEndpoints: { status: 200, request: () => ({ query: { q: 'aw' } }) },
  listEndpointNames: { status: 200, request: () => ({ query: { registry: 'own', q: 'aw' } }) },
  getEndpoint: byId('createEndpoint'),
  updateEndpoint: byId('createEndpoint', { body: { name: 'far away', secret: 'another one' } }),
  pingEndpoint: byId('createEndpoint'),
  createReplicationPolicy: {
    status: 201,
    request: (made) => ({
      body: {
        registry: 'own',
        name: 'made',
        direction: 'pull',
        endpoint: made('createEndpoint').id,
        images: { match: ['web'] },
      },
    }),
  },
  listReplicationPolicies: { status: 200, request: () => ({ query: { registry: 'own' } }) },
  getReplicationPolicy: byId('createReplicationPolicy'),
  updateReplicationPolicy: byId('createReplicationPolicy', { body: { overwrite: 'always' } }),
  getReplicationLag: byId('createReplicationPolicy'),
  getReplicationDrift: {
    status: 200,
    request: (_, world) => ({ params: { id: world.objectId('own', 'replication') }, query: { limit: '5' } }),
  },
  // Nothing answers there: it waits to be tried again until it is cancelled.
  startReplicationRun: { ...byId('createReplicationPolicy', { body: { dryRun: true } }), status: 202 },
  listReplicationRuns: byId('createReplicationPolicy'),
  getReplicationRun: {
    status: 200,
    request: (_, world) => ({ params: { runId: world.objectId('own', 'replicationRun') } }),
  },
  listReplicationTasks: {
    status: 200,
    request: (made) => ({
      params: { runId: made('startReplicationRun').id ?? '' },
      query: { state: 'failed' },
    }),
  },
  cancelReplicationRun: {
    status: 202,
    request: (made) => ({ params: { runId: made('startReplicationRun').id ?? '' } }),
  },
  retryReplicationRun: {
    status: 202,
    request: (_, world) => ({ params: { runId: world.objectId('own', 'failedRun') } }),
  },
  deleteReplicationPolicy: { ...byId('createReplicationPolicy'), status: 204 },
  deleteEndpoint: { ...byId('createEndpoint'), status: 204 },

  startSweep: { status: 202, request: withMuchToSweep },
  listSweeps: { status: 200 },
  getSweep: byId('startSweep'),
  cancelSweep: { ...byId('startSweep'), status: 202 },
};
