import type { OperationId } from '@berth/contracts';
import { SAMPLE_DIGEST } from '@berth/management-client/testing';

/** The command line, and the last call that it makes. */
export type CommandCase = readonly [
  command: string,
  call: {
    readonly id: OperationId;
    readonly params?: object;
    readonly query?: object;
    readonly body?: object;
  },
];

const web = { registry: 'acme', image: 'team~web' };
const all = { limit: '500' };
const IN_30_DAYS = '2030-02-01T03:14:05.000Z';

export const CASES: readonly CommandCase[] = [
  ['whoami', { id: 'getMe' }],
  ['endpoints list --name west', { id: 'listEndpoints', query: { ...all, name: 'west' } }],
  ['endpoints list acme', { id: 'listEndpointNames', query: { ...all, registry: 'acme' } }],
  ['endpoints get west', { id: 'getEndpoint', params: { id: 'id-1' } }],
  [
    'endpoints create west https://west.example.com --username ada --secret-file - --realm-host auth.example.com --allow-remote-registry team-* --ca-file CA',
    {
      id: 'createEndpoint',
      body: {
        ...{ name: 'west', url: 'https://west.example.com', username: 'ada', secret: 'from standard input' },
        ...{ realmHosts: ['auth.example.com'], remoteRegistries: ['team-*'] },
        caCertificate: 'a certificate\n',
      },
    },
  ],
  [
    'endpoints update west --skip-tls-verify',
    { id: 'updateEndpoint', params: { id: 'id-1' }, body: { skipTlsVerify: true } },
  ],
  ['endpoints delete west --yes', { id: 'deleteEndpoint', params: { id: 'id-1' } }],
  ['endpoints ping west', { id: 'pingEndpoint', params: { id: 'id-1' } }],
  ['replication list acme', { id: 'listReplicationPolicies', query: { ...all, registry: 'acme' } }],
  ['replication get p-1', { id: 'getReplicationPolicy', params: { id: 'p-1' } }],
  [
    'replication create acme copies west --direction pull --exclude-tags *-rc --overwrite always --bandwidth 1000000',
    {
      id: 'createReplicationPolicy',
      body: {
        ...{ registry: 'acme', name: 'copies', endpoint: 'id-1', direction: 'pull', overwrite: 'always' },
        ...{ tags: { match: ['**'], exclude: ['*-rc'] }, bandwidthBytesPerSecond: 1_000_000 },
      },
    },
  ],
  [
    'replication update p-1 --trigger scheduled --schedule 0_*_*_*_* --deletes mirror --no-enabled',
    {
      id: 'updateReplicationPolicy',
      params: { id: 'p-1' },
      body: { trigger: 'scheduled', schedule: '0_*_*_*_*', deletes: 'mirror', enabled: false },
    },
  ],
  ['replication delete p-1 --yes', { id: 'deleteReplicationPolicy', params: { id: 'p-1' } }],
  ['replication drift p-1', { id: 'getReplicationDrift', params: { id: 'p-1' } }],
  ['replication lag p-1', { id: 'getReplicationLag', params: { id: 'p-1' } }],
  [
    'replication run p-1 --dry-run',
    { id: 'startReplicationRun', params: { id: 'p-1' }, body: { dryRun: true } },
  ],
  [
    'replication runs p-1 --limit 3 --state failed',
    { id: 'listReplicationRuns', params: { id: 'p-1' }, query: { limit: '3', state: 'failed' } },
  ],
  ['replication show r-1', { id: 'getReplicationRun', params: { runId: 'r-1' } }],
  [
    'replication tasks r-1 --state failed --limit 3',
    { id: 'listReplicationTasks', params: { runId: 'r-1' }, query: { limit: '3', state: 'failed' } },
  ],
  ['replication cancel r-1', { id: 'cancelReplicationRun', params: { runId: 'r-1' } }],
  ['replication retry r-1', { id: 'retryReplicationRun', params: { runId: 'r-1' } }],
  ['cleanup list acme', { id: 'listCleanupPolicies', query: { ...all, registry: 'acme' } }],
  ['cleanup get p-1', { id: 'getCleanupPolicy', params: { id: 'p-1' } }],
  [
    'cleanup create acme tidy --exclude-tags v* --untagged --keep latestPushed=10 --keep pulledWithin=90d --time-zone Europe/Berlin',
    {
      id: 'createCleanupPolicy',
      body: {
        ...{ registry: 'acme', name: 'tidy', untagged: true, timeZone: 'Europe/Berlin' },
        tags: { match: ['**'], exclude: ['v*'] },
        keep: [
          { rule: 'latestPushed', count: 10 },
          { rule: 'pulledWithin', days: 90 },
        ],
      },
    },
  ],
  [
    'cleanup update p-1 --keep always --max-deleted-share 0.5 --no-enabled',
    {
      id: 'updateCleanupPolicy',
      params: { id: 'p-1' },
      body: { keep: [{ rule: 'always' }], maxDeletedShare: 0.5, enabled: false },
    },
  ],
  ['cleanup delete p-1 --yes', { id: 'deleteCleanupPolicy', params: { id: 'p-1' } }],
  ['cleanup run p-1 --dry-run', { id: 'startCleanupRun', params: { id: 'p-1' }, body: { dryRun: true } }],
  ['cleanup runs p-1 --limit 3', { id: 'listCleanupRuns', params: { id: 'p-1' }, query: { limit: '3' } }],
  ['cleanup show r-1', { id: 'getCleanupRun', params: { id: 'r-1' } }],
  [
    'cleanup decisions r-1 --outcome keptSince --limit 3',
    { id: 'listCleanupDecisions', params: { id: 'r-1' }, query: { limit: '3', outcome: 'keptSince' } },
  ],
  ['cleanup confirm r-1', { id: 'confirmCleanupRun', params: { id: 'r-1' } }],
  ['cleanup cancel r-1', { id: 'cancelCleanupRun', params: { id: 'r-1' } }],
  ['sweeps list --limit 3', { id: 'listSweeps', query: { limit: '3' } }],
  ['sweeps start', { id: 'startSweep' }],
  ['sweeps get s-1', { id: 'getSweep', params: { id: 's-1' } }],
  ['sweeps cancel s-1', { id: 'cancelSweep', params: { id: 's-1' } }],
  ['registries list', { id: 'listRegistries', query: all }],
  [
    'registries list --search ac --name acme --limit 7',
    { id: 'listRegistries', query: { limit: '7', q: 'ac', name: 'acme' } },
  ],
  ['registries get acme', { id: 'getRegistry', params: { registry: 'acme' } }],
  ['registries create acme', { id: 'createRegistry', body: { name: 'acme' } }],
  [
    'registries create 0123 --description Numbers --visibility public --tag-naming oci --allow-missing-children',
    {
      id: 'createRegistry',
      body: {
        name: '0123',
        description: 'Numbers',
        visibility: 'public',
        tagNaming: 'oci',
        allowMissingChildren: true,
      },
    },
  ],
  [
    'registries update acme --visibility private --no-allow-missing-children',
    {
      id: 'updateRegistry',
      params: { registry: 'acme' },
      body: { visibility: 'private', allowMissingChildren: false },
    },
  ],
  ['registries delete acme --yes', { id: 'deleteRegistry', params: { registry: 'acme' }, query: {} }],
  ['registries delete acme -y --force', { id: 'deleteRegistry', query: { force: 'true' } }],
  [
    'images list acme --search we',
    { id: 'listImages', params: { registry: 'acme' }, query: { ...all, q: 'we' } },
  ],
  ['images get acme/team/web', { id: 'getImage', params: web }],
  ['images delete acme/team/web --yes', { id: 'deleteImage', params: web }],
  ['artifacts list acme/team/web', { id: 'listArtifacts', params: web, query: all }],
  [
    'artifacts list acme/team/web --untagged --attached --tag 1.0 --oldest-first',
    {
      id: 'listArtifacts',
      query: { ...all, untagged: 'true', attached: 'true', tag: '1.0', sort: 'pushedAt' },
    },
  ],
  ['artifacts get acme/team/web:1.0', { id: 'getArtifact', params: { ...web, digest: SAMPLE_DIGEST } }],
  [
    `artifacts get acme/team/web:1.0@${SAMPLE_DIGEST}`,
    { id: 'getArtifact', params: { ...web, digest: SAMPLE_DIGEST } },
  ],
  [
    `artifacts delete acme/team/web@${SAMPLE_DIGEST} --yes`,
    { id: 'deleteArtifact', params: { ...web, digest: SAMPLE_DIGEST } },
  ],
  ['artifacts deleted acme/team/web', { id: 'listDeletedArtifacts', params: web, query: all }],
  ['artifacts deleted acme', { id: 'listDeletedInRegistry', params: { registry: 'acme' }, query: all }],
  [
    `artifacts restore acme/team/web@${SAMPLE_DIGEST}`,
    { id: 'restoreArtifact', params: { ...web, digest: SAMPLE_DIGEST } },
  ],
  [
    `artifacts purge acme/team/web@${SAMPLE_DIGEST} --yes`,
    { id: 'purgeArtifact', params: { ...web, digest: SAMPLE_DIGEST } },
  ],
  [
    'tags list acme/team/web --sort=-updatedAt',
    { id: 'listTags', params: web, query: { ...all, sort: '-updatedAt' } },
  ],
  ['tags get acme/team/web:1.0', { id: 'getTag', params: { ...web, tag: '1.0' } }],
  [
    `tags set acme/team/web:2 ${SAMPLE_DIGEST}`,
    { id: 'putTag', params: { ...web, tag: '2' }, body: { digest: SAMPLE_DIGEST } },
  ],
  [
    'tags set acme/team/web:2 1.0',
    { id: 'putTag', params: { ...web, tag: '2' }, body: { digest: SAMPLE_DIGEST } },
  ],
  ['tags delete acme/team/web:1.0 --yes', { id: 'deleteTag', params: { ...web, tag: '1.0' } }],
  ['users list', { id: 'listUsers', query: all }],
  ['users get ada', { id: 'getUser', params: { username: 'ada' } }],
  [
    'users create bob --password-stdin --admin --group core --group web',
    {
      id: 'createUser',
      body: { username: 'bob', password: 'from standard input', admin: true, groups: ['core', 'web'] },
    },
  ],
  [
    'users update bob --disabled --no-admin --clear-groups',
    { id: 'updateUser', params: { username: 'bob' }, body: { admin: false, disabled: true, groups: [] } },
  ],
  ['users update bob --password-stdin', { id: 'updateUser', body: { password: 'from standard input' } }],
  ['users delete bob --yes', { id: 'deleteUser', params: { username: 'bob' } }],
  ['keys list', { id: 'listKeys', query: all }],
  ['keys create', { id: 'createKey', body: {} }],
  [
    'keys create laptop --expires 30d',
    { id: 'createKey', body: { description: 'laptop', expiresAt: IN_30_DAYS } },
  ],
  ['keys enable k-1', { id: 'updateKey', params: { id: 'k-1' }, body: { enabled: true } }],
  ['keys disable k-1', { id: 'updateKey', params: { id: 'k-1' }, body: { enabled: false } }],
  ['keys delete k-1 --yes', { id: 'deleteKey', params: { id: 'k-1' } }],
  ['robots list', { id: 'listRobots', query: all }],
  ['robots list acme', { id: 'listRobots', query: { ...all, registry: 'acme' } }],
  ['robots get r-1', { id: 'getRobot', params: { id: 'r-1' } }],
  ['robots get acme+ci', { id: 'getRobot', params: { id: 'id-1' } }],
  [
    'robots create acme ci --role developer --expires 30d',
    { id: 'createRobot', body: { registry: 'acme', name: 'ci', role: 'developer', expiresAt: IN_30_DAYS } },
  ],
  [
    'robots update acme+ci --role viewer --no-enabled --expires never',
    { id: 'updateRobot', params: { id: 'id-1' }, body: { role: 'viewer', enabled: false, expiresAt: null } },
  ],
  ['robots delete acme+ci --yes', { id: 'deleteRobot', params: { id: 'id-1' } }],
  [
    'grants list acme --subject user:bob',
    { id: 'listGrants', query: { ...all, registry: 'acme', subject: 'user:bob' } },
  ],
  [
    'grants create user:bob developer acme',
    { id: 'createGrant', body: { subject: 'user:bob', role: 'developer', registry: 'acme' } },
  ],
  ['grants delete g-1 --yes', { id: 'deleteGrant', params: { id: 'g-1' } }],
  ['grants delete user:bob developer acme --yes', { id: 'deleteGrant', params: { id: 'id-1' } }],
  [
    'explain user:bob push acme/team/web',
    {
      id: 'explainAccess',
      query: { subject: 'user:bob', action: 'push', registry: 'acme', image: 'team/web' },
    },
  ],
  [
    'explain user:bob maintainer acme',
    { id: 'explainAccess', query: { subject: 'user:bob', action: 'maintainer', registry: 'acme' } },
  ],
  ['protection list acme', { id: 'listProtectionPolicies', query: { ...all, registry: 'acme' } }],
  ['protection get acme/releases', { id: 'getProtectionPolicy', params: { id: 'id-1' } }],
  [
    'protection create acme releases --tags v* --exclude-tags *-rc --exclude-images tmp/**',
    {
      id: 'createProtectionPolicy',
      body: {
        registry: 'acme',
        name: 'releases',
        images: { match: ['**'], exclude: ['tmp/**'] },
        tags: { match: ['v*'], exclude: ['*-rc'] },
      },
    },
  ],
  [
    'protection update p-1 --name old --no-enabled --exclude-tags a --exclude-tags b',
    {
      id: 'updateProtectionPolicy',
      params: { id: 'p-1' },
      body: { name: 'old', enabled: false, tags: { exclude: ['a', 'b'] } },
    },
  ],
  ['protection delete acme/releases --yes', { id: 'deleteProtectionPolicy', params: { id: 'id-1' } }],
  ['webhooks list acme', { id: 'listWebhooks', query: { ...all, registry: 'acme' } }],
  ['webhooks get acme/ci', { id: 'getWebhook', params: { id: 'id-1' } }],
  [
    'webhooks create acme ci https://ci.example.com --event artifact.pushed --event tag.deleted --image team/* --format slack --secret-file - --ca-file CA',
    {
      id: 'createWebhook',
      body: {
        registry: 'acme',
        name: 'ci',
        url: 'https://ci.example.com',
        events: ['artifact.pushed', 'tag.deleted'],
        images: ['team/*'],
        format: 'slack',
        secret: 'from standard input',
        caCertificate: 'a certificate\n',
      },
    },
  ],
  [
    'webhooks update w-1 --url https://new.example.com --enabled --all-images --remove secret --remove ca',
    {
      id: 'updateWebhook',
      params: { id: 'w-1' },
      body: {
        url: 'https://new.example.com',
        enabled: true,
        images: null,
        secret: null,
        caCertificate: null,
      },
    },
  ],
  ['webhooks delete acme/ci --yes', { id: 'deleteWebhook', params: { id: 'id-1' } }],
  ['webhooks test acme/ci', { id: 'testWebhook', params: { id: 'id-1' } }],
  [
    'webhooks deliveries w-1 --state failed',
    { id: 'listDeliveries', params: { id: 'w-1' }, query: { limit: '100', state: 'failed' } },
  ],
  ['webhooks delivery w-1 d-1', { id: 'getDelivery', params: { id: 'w-1', deliveryId: 'd-1' } }],
  ['webhooks redeliver w-1 d-1', { id: 'redeliver', params: { id: 'w-1', deliveryId: 'd-1' } }],
  ['audit', { id: 'listAudit', query: { limit: '100' } }],
  [
    'audit acme --actor ada --action registry.created --object acme --outcome failure --since 1d --until 2030-01-02',
    {
      id: 'listAudit',
      query: {
        limit: '100',
        registry: 'acme',
        actor: 'ada',
        action: 'registry.created',
        object: 'acme',
        outcome: 'failure',
        since: '2030-01-01T03:14:05.000Z',
        until: '2030-01-02T00:00:00.000Z',
      },
    },
  ],
];

/** What no command needs, or another test covers. */
export const ELSEWHERE: readonly OperationId[] = [
  'getApiPage',
  'getApiDocument',
  'openSession',
  'endSession',
  'updateMe',
  'getKey',
  'getGrant',
];
