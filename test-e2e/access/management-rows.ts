import type { OperationId } from '@berth/contracts';
import type { ManagementRequest } from './management-client.ts';
import type { ObjectKind, RegistryName, World } from './world.ts';

/** `public`: everybody; `signedIn`: everybody who is known; `person`: not robots; else the least role, in the registry or in the system. */
export type Least = 'public' | 'signedIn' | 'person' | 'viewer' | 'developer' | 'maintainer' | 'admin';

/** What one operation asks for, and how it is tried without changing anything. */
export interface Row {
  readonly least: Least;
  /** `system` where no registry matters. */
  readonly of: 'system' | 'registry' | ObjectKind;
  /** What whoever may is answered: the status, or the code of a problem that comes after the access check. */
  readonly allowed: number | string;
  request?(world: World, registry: RegistryName): ManagementRequest;
}

/** Does not fit any body: whoever may is told so, and nothing is changed. */
const BAD = { nonsense: true };
/** The version of nothing: whoever may is told so, and nothing is deleted. */
const STALE = { 'if-match': '"0"' };

const inPath =
  (more: (world: World, registry: RegistryName) => ManagementRequest = () => ({})) =>
  (world: World, registry: RegistryName): ManagementRequest => {
    const request = more(world, registry);
    return { ...request, params: { registry, image: 'web', ...request.params } };
  };
const inQuery =
  (query: Record<string, string> = {}) =>
  (_: World, registry: RegistryName) => ({
    query: { registry, ...query },
  });
const inBody = (_: World, registry: RegistryName) => ({ body: { registry, ...BAD } });
const object =
  (kind: ObjectKind, more: ManagementRequest = {}) =>
  (world: World, registry: RegistryName): ManagementRequest => ({
    ...more,
    params: { id: world.objectId(registry, kind), ...more.params },
  });

const ofRun = (world: World, registry: RegistryName): ManagementRequest => ({
  params: { runId: world.objectId(registry, 'replicationRun') },
});

/** One row for every operation of the management API, written by hand: a new one without a row fails the test. */
export const MANAGEMENT_ROWS: Readonly<Record<OperationId, Row>> = {
  getApiPage: { least: 'public', of: 'system', allowed: 200 },
  getApiDocument: { least: 'public', of: 'system', allowed: 200 },

  listRegistries: { least: 'signedIn', of: 'system', allowed: 200 },
  createRegistry: { least: 'admin', of: 'system', allowed: 400, request: () => ({ body: BAD }) },
  getRegistry: { least: 'viewer', of: 'registry', allowed: 200, request: inPath() },
  updateRegistry: {
    least: 'maintainer',
    of: 'registry',
    allowed: 400,
    request: inPath(() => ({ body: BAD })),
  },
  deleteRegistry: {
    least: 'admin',
    of: 'registry',
    allowed: 412,
    request: inPath(() => ({ headers: STALE })),
  },

  listImages: { least: 'viewer', of: 'registry', allowed: 200, request: inPath() },
  getImage: { least: 'viewer', of: 'registry', allowed: 200, request: inPath() },
  deleteImage: {
    least: 'maintainer',
    of: 'registry',
    allowed: 412,
    request: inPath(() => ({ headers: STALE })),
  },
  listArtifacts: { least: 'viewer', of: 'registry', allowed: 200, request: inPath() },
  getArtifact: {
    least: 'viewer',
    of: 'registry',
    allowed: 200,
    request: inPath((world, registry) => ({ params: { digest: world.imageOf(registry).manifest } })),
  },
  deleteArtifact: {
    least: 'maintainer',
    of: 'registry',
    allowed: 412,
    request: inPath((world, registry) => ({
      params: { digest: world.imageOf(registry).manifest },
      headers: STALE,
    })),
  },
  listDeletedArtifacts: { least: 'viewer', of: 'registry', allowed: 200, request: inPath() },
  listDeletedInRegistry: { least: 'viewer', of: 'registry', allowed: 200, request: inPath() },
  restoreArtifact: {
    least: 'developer',
    of: 'registry',
    allowed: 'ARTIFACT_NOT_FOUND',
    request: inPath((world, registry) => ({ params: { digest: world.imageOf(registry).manifest } })),
  },
  purgeArtifact: {
    least: 'maintainer',
    of: 'registry',
    allowed: 'ARTIFACT_NOT_FOUND',
    request: inPath((world, registry) => ({ params: { digest: world.imageOf(registry).manifest } })),
  },
  listTags: { least: 'viewer', of: 'registry', allowed: 200, request: inPath() },
  getTag: {
    least: 'viewer',
    of: 'registry',
    allowed: 200,
    request: inPath(() => ({ params: { tag: '1.0' } })),
  },
  putTag: {
    least: 'developer',
    of: 'registry',
    allowed: 400,
    request: inPath(() => ({ params: { tag: '2.0' }, body: BAD })),
  },
  deleteTag: {
    least: 'maintainer',
    of: 'registry',
    allowed: 412,
    request: inPath(() => ({ params: { tag: '1.0' }, headers: STALE })),
  },

  listSweeps: { least: 'admin', of: 'system', allowed: 200 },
  startSweep: { least: 'admin', of: 'system', allowed: 202 },
  getSweep: {
    least: 'admin',
    of: 'system',
    allowed: 'RUN_NOT_FOUND',
    request: () => ({ params: { id: 'none' } }),
  },
  cancelSweep: {
    least: 'admin',
    of: 'system',
    allowed: 'RUN_NOT_FOUND',
    request: () => ({ params: { id: 'none' } }),
  },

  listCleanupPolicies: { least: 'viewer', of: 'registry', allowed: 200, request: inQuery() },
  createCleanupPolicy: { least: 'maintainer', of: 'registry', allowed: 400, request: inBody },
  getCleanupPolicy: { least: 'viewer', of: 'cleanupPolicy', allowed: 200, request: object('cleanupPolicy') },
  updateCleanupPolicy: {
    least: 'maintainer',
    of: 'cleanupPolicy',
    allowed: 400,
    request: object('cleanupPolicy', { body: BAD }),
  },
  deleteCleanupPolicy: {
    least: 'maintainer',
    of: 'cleanupPolicy',
    allowed: 412,
    request: object('cleanupPolicy', { headers: STALE }),
  },
  startCleanupRun: {
    least: 'maintainer',
    of: 'cleanupPolicy',
    allowed: 400,
    request: object('cleanupPolicy', { body: BAD }),
  },
  listCleanupRuns: {
    least: 'viewer',
    of: 'cleanupPolicy',
    allowed: 200,
    request: object('cleanupPolicy'),
  },
  getCleanupRun: { least: 'viewer', of: 'cleanupRun', allowed: 200, request: object('cleanupRun') },
  listCleanupDecisions: { least: 'viewer', of: 'cleanupRun', allowed: 200, request: object('cleanupRun') },
  confirmCleanupRun: {
    least: 'maintainer',
    of: 'cleanupRun',
    allowed: 'RUN_ENDED',
    request: object('cleanupRun'),
  },
  cancelCleanupRun: {
    least: 'maintainer',
    of: 'cleanupRun',
    allowed: 'RUN_ENDED',
    request: object('cleanupRun'),
  },
  listEndpoints: { least: 'admin', of: 'system', allowed: 200 },
  createEndpoint: { least: 'admin', of: 'system', allowed: 400, request: () => ({ body: BAD }) },
  getEndpoint: { least: 'admin', of: 'system', allowed: 'ENDPOINT_NOT_FOUND' },
  updateEndpoint: {
    least: 'admin',
    of: 'system',
    allowed: 'ENDPOINT_NOT_FOUND',
    request: () => ({ body: {} }),
  },
  deleteEndpoint: { least: 'admin', of: 'system', allowed: 'ENDPOINT_NOT_FOUND' },
  pingEndpoint: { least: 'admin', of: 'system', allowed: 'ENDPOINT_NOT_FOUND' },
  listEndpointNames: { least: 'maintainer', of: 'registry', allowed: 200, request: inQuery() },
  listReplicationPolicies: { least: 'maintainer', of: 'registry', allowed: 200, request: inQuery() },
  createReplicationPolicy: { least: 'maintainer', of: 'registry', allowed: 400, request: inBody },
  getReplicationPolicy: {
    least: 'maintainer',
    of: 'replication',
    allowed: 200,
    request: object('replication'),
  },
  updateReplicationPolicy: {
    least: 'maintainer',
    of: 'replication',
    allowed: 400,
    request: object('replication', { body: BAD }),
  },
  deleteReplicationPolicy: {
    least: 'maintainer',
    of: 'replication',
    allowed: 412,
    request: object('replication', { headers: STALE }),
  },
  getReplicationDrift: {
    least: 'maintainer',
    of: 'replication',
    allowed: 200,
    request: object('replication'),
  },
  getReplicationLag: { least: 'maintainer', of: 'replication', allowed: 200, request: object('replication') },
  startReplicationRun: {
    least: 'maintainer',
    of: 'replication',
    allowed: 400,
    request: object('replication', { body: BAD }),
  },
  listReplicationRuns: {
    least: 'maintainer',
    of: 'replication',
    allowed: 200,
    request: object('replication'),
  },
  getReplicationRun: { least: 'maintainer', of: 'replicationRun', allowed: 200, request: ofRun },
  listReplicationTasks: { least: 'maintainer', of: 'replicationRun', allowed: 200, request: ofRun },
  cancelReplicationRun: { least: 'maintainer', of: 'replicationRun', allowed: 'RUN_ENDED', request: ofRun },
  retryReplicationRun: { least: 'maintainer', of: 'replicationRun', allowed: 'RUN_ENDED', request: ofRun },

  listProtectionPolicies: { least: 'viewer', of: 'registry', allowed: 200, request: inQuery() },
  createProtectionPolicy: { least: 'maintainer', of: 'registry', allowed: 400, request: inBody },
  getProtectionPolicy: { least: 'viewer', of: 'policy', allowed: 200, request: object('policy') },
  updateProtectionPolicy: {
    least: 'maintainer',
    of: 'policy',
    allowed: 400,
    request: object('policy', { body: BAD }),
  },
  deleteProtectionPolicy: {
    least: 'maintainer',
    of: 'policy',
    allowed: 412,
    request: object('policy', { headers: STALE }),
  },

  openSession: { least: 'public', of: 'system', allowed: 400, request: () => ({ body: BAD }) },
  endSession: { least: 'signedIn', of: 'system', allowed: 'SESSION_REQUIRED' },
  getMe: { least: 'signedIn', of: 'system', allowed: 200 },
  updateMe: { least: 'signedIn', of: 'system', allowed: 400, request: () => ({ body: BAD }) },
  listUsers: { least: 'admin', of: 'system', allowed: 200 },
  createUser: { least: 'admin', of: 'system', allowed: 400, request: () => ({ body: BAD }) },
  getUser: { least: 'admin', of: 'system', allowed: 200, request: () => ({ params: { username: 'plain' } }) },
  updateUser: {
    least: 'admin',
    of: 'system',
    allowed: 400,
    request: () => ({ params: { username: 'plain' }, body: BAD }),
  },
  deleteUser: {
    least: 'admin',
    of: 'system',
    allowed: 412,
    request: () => ({ params: { username: 'plain' }, headers: STALE }),
  },
  listKeys: { least: 'person', of: 'system', allowed: 200 },
  // Robots have no keys, which is told once the body fits.
  createKey: { least: 'signedIn', of: 'system', allowed: 400, request: () => ({ body: BAD }) },
  getKey: { least: 'person', of: 'system', allowed: 'KEY_NOT_FOUND' },
  updateKey: { least: 'person', of: 'system', allowed: 'KEY_NOT_FOUND', request: () => ({ body: {} }) },
  deleteKey: { least: 'person', of: 'system', allowed: 'KEY_NOT_FOUND' },
  listRobots: { least: 'maintainer', of: 'registry', allowed: 200, request: inQuery() },
  createRobot: { least: 'maintainer', of: 'registry', allowed: 400, request: inBody },
  getRobot: { least: 'maintainer', of: 'robot', allowed: 200, request: object('robot') },
  updateRobot: { least: 'maintainer', of: 'robot', allowed: 400, request: object('robot', { body: BAD }) },
  deleteRobot: {
    least: 'maintainer',
    of: 'robot',
    allowed: 412,
    request: object('robot', { headers: STALE }),
  },
  listGrants: { least: 'maintainer', of: 'registry', allowed: 200, request: inQuery() },
  createGrant: { least: 'maintainer', of: 'registry', allowed: 400, request: inBody },
  getGrant: { least: 'maintainer', of: 'grant', allowed: 200, request: object('grant') },
  deleteGrant: {
    least: 'maintainer',
    of: 'grant',
    allowed: 412,
    request: object('grant', { headers: STALE }),
  },
  explainAccess: {
    least: 'maintainer',
    of: 'registry',
    allowed: 200,
    request: inQuery({ subject: 'user:somebody', action: 'pull' }),
  },
  listAudit: { least: 'maintainer', of: 'registry', allowed: 200, request: inQuery() },

  listWebhooks: { least: 'maintainer', of: 'registry', allowed: 200, request: inQuery() },
  createWebhook: { least: 'maintainer', of: 'registry', allowed: 400, request: inBody },
  getWebhook: { least: 'maintainer', of: 'webhook', allowed: 200, request: object('webhook') },
  updateWebhook: {
    least: 'maintainer',
    of: 'webhook',
    allowed: 400,
    request: object('webhook', { body: BAD }),
  },
  deleteWebhook: {
    least: 'maintainer',
    of: 'webhook',
    allowed: 412,
    request: object('webhook', { headers: STALE }),
  },
  testWebhook: { least: 'maintainer', of: 'webhook', allowed: 200, request: object('webhook') },
  listDeliveries: { least: 'maintainer', of: 'webhook', allowed: 200, request: object('webhook') },
  getDelivery: {
    least: 'maintainer',
    of: 'webhook',
    allowed: 'DELIVERY_NOT_FOUND',
    request: object('webhook'),
  },
  redeliver: {
    least: 'maintainer',
    of: 'webhook',
    allowed: 'DELIVERY_NOT_FOUND',
    request: object('webhook'),
  },
};

/** What says that an object is not there, to those who may not know of it. */
export const NOT_FOUND: Readonly<Record<ObjectKind, string>> = {
  policy: 'POLICY_NOT_FOUND',
  cleanupPolicy: 'POLICY_NOT_FOUND',
  cleanupRun: 'RUN_NOT_FOUND',
  replication: 'POLICY_NOT_FOUND',
  replicationRun: 'RUN_NOT_FOUND',
  failedRun: 'RUN_NOT_FOUND',
  webhook: 'WEBHOOK_NOT_FOUND',
  robot: 'ROBOT_NOT_FOUND',
  grant: 'GRANT_NOT_FOUND',
};
