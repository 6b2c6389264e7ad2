import {
  type Actor,
  ArtifactDetailResource,
  ArtifactResource,
  AuditEntry,
  CleanupDecisionResource,
  CleanupPolicyResource,
  CleanupRunResource,
  DeletedArtifactResource,
  DeliveryDetailResource,
  DeliveryResource,
  EndpointNameResource,
  EndpointResource,
  Explanation,
  GrantResource,
  ImageResource,
  KeyResource,
  MeResource,
  NewKeyResource,
  NewRobotResource,
  PingResource,
  ProtectionPolicyResource,
  RegistryResource,
  ReplicationDriftResource,
  ReplicationLagResource,
  ReplicationPolicyResource,
  ReplicationRunResource,
  ReplicationTaskResource,
  RestoredArtifactResource,
  RobotResource,
  SessionResource,
  SweepResource,
  TagResource,
  UserResource,
  WebhookResource,
} from '@berth/contracts';
import type { Static, TSchema } from '@sinclair/typebox';

/** The time of all samples. */
export const SAMPLE_TIME = '2030-01-02T03:04:05.000Z';
export const SAMPLE_DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
/** What the samples of new keys and robots show once. */
export const SAMPLE_SECRET = 'bk_sample-secret';

const actor: Actor = { id: 'u-1', kind: 'user', name: 'ada' };
const base = { id: 'id-1', createdAt: SAMPLE_TIME, updatedAt: SAMPLE_TIME, createdBy: actor };

/** One resource of each kind, as the contract has it. */
export const SAMPLES = {
  registry: sample(RegistryResource, {
    ...base,
    name: 'acme',
    description: 'Team Acme',
    visibility: 'private',
    tagNaming: 'lowercase',
    allowMissingChildren: false,
    state: 'active',
  }),
  image: sample(ImageResource, {
    ...base,
    name: 'team/web',
    registry: 'acme',
    state: 'active',
    artifactCount: 2,
    tagCount: 3,
    pullCount: 1_234,
    size: 12_345_678,
  }),
  artifact: sample(ArtifactResource, artifact()),
  artifactDetail: sample(ArtifactDetailResource, {
    ...artifact(),
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: SAMPLE_DIGEST, size: 200 },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: SAMPLE_DIGEST, size: 4_096 },
    ],
    annotations: { 'org.opencontainers.image.version': '1.0' },
    referrers: [],
  }),
  deletedArtifact: sample(DeletedArtifactResource, {
    ...{ id: 'r-1/team/web@sha256', image: 'team/web', digest: SAMPLE_DIGEST, tags: ['1.0'] },
    ...{ mediaType: 'application/vnd.oci.image.manifest.v1+json', platforms: [], size: 4_096 },
    ...{ pushedAt: SAMPLE_TIME, createdAt: SAMPLE_TIME, createdBy: actor },
    ...{ deletedAt: SAMPLE_TIME, deletedBy: actor, via: 'cleanup', restorableUntil: SAMPLE_TIME },
  }),
  restoredArtifact: sample(RestoredArtifactResource, {
    ...{ digest: SAMPLE_DIGEST, tags: ['1.0'], tagsElsewhere: ['latest'], alsoRestored: [], notRestored: [] },
  }),
  cleanupPolicy: sample(CleanupPolicyResource, {
    ...base,
    ...{
      registry: 'acme',
      name: 'tidy',
      images: { match: ['**'] },
      tags: { match: ['v*'] },
      untagged: false,
    },
    keep: [{ rule: 'latestPushed', count: 10 }, { rule: 'pulledWithin', days: 90 }, { rule: 'always' }],
    ...{ schedule: '30 3 * * 1', timeZone: 'Europe/Berlin', maxDeletedShare: 0.8, enabled: true },
  }),
  cleanupRun: sample(CleanupRunResource, {
    ...base,
    ...{ policy: { id: 'p-1', name: 'tidy' }, registry: 'acme', dryRun: true, trigger: 'manual' },
    state: 'running',
    counts: {
      ...{ images: 2, imagesDone: 1, imagesAwaiting: 0, imagesFailed: 0 },
      ...{ artifacts: 5, kept: 3, deleted: 2, keptSince: 0 },
    },
    ...{ startedAt: SAMPLE_TIME, confirmedBy: actor, cancelledBy: actor },
  }),
  cleanupDecision: sample(CleanupDecisionResource, {
    ...{ image: 'team/web', digest: SAMPLE_DIGEST, tags: ['v1'], outcome: 'deleted', rule: 'notKept' },
    ...{ policy: 'tidy', reason: 'no rule keeps it', pushedAt: SAMPLE_TIME, lastPulledAt: null },
  }),
  endpoint: sample(EndpointResource, {
    ...base,
    ...{ name: 'west', url: 'https://west.example.com', username: 'ada', hasSecret: true },
    skipTlsVerify: false,
  }),
  endpointName: sample(EndpointNameResource, {
    ...{ id: base.id, name: 'west', url: 'https://west.example.com' },
  }),
  ping: sample(PingResource, { ok: true, message: 'it answers' }),
  replicationPolicy: sample(ReplicationPolicyResource, {
    ...base,
    ...{ registry: 'acme', name: 'copies', direction: 'push', endpoint: 'e-1', enabled: true },
    ...{ images: { match: ['**'] }, tags: { match: ['v*'] }, trigger: 'event' },
    ...{ overwrite: 'never', deletes: 'keep' },
  }),
  replicationDrift: sample(ReplicationDriftResource, {
    items: [{ image: 'team/web', tag: '1.0', state: 'missing', sourceDigest: SAMPLE_DIGEST }],
    ...{
      counts: { same: 3, missing: 1, different: 0, extra: 0 },
      areDestinationImagesKnown: true,
      next: null,
    },
  }),
  replicationLag: sample(ReplicationLagResource, {
    ...{ oldestWaitingAt: SAMPLE_TIME, oldestFailedAt: null, lagSeconds: 3 },
  }),
  replicationRun: sample(ReplicationRunResource, {
    ...base,
    ...{ policy: 'p-1', registry: 'acme', trigger: 'manual', dryRun: true, state: 'running' },
  }),
  replicationTask: sample(ReplicationTaskResource, {
    ...{ id: 't-1', image: 'team/web', tag: '1.0', state: 'failed', reason: 'it answered 503', tries: 6 },
    ...{ copiedBytes: 10, skippedBytes: 0, createdAt: SAMPLE_TIME, updatedAt: SAMPLE_TIME },
  }),
  sweep: sample(SweepResource, {
    ...base,
    state: 'running',
    trigger: 'manual',
    links: { removed: 1, kept: { named: 0, recent: 0, inRecycleBin: 0, changed: 0 } },
    blobs: { condemned: 0, removed: 1, removedBytes: 200, kept: { linked: 0, changed: 0 } },
    uploads: { abandoned: 0, unnamed: 0, kept: { named: 0, changed: 0 } },
    keys: { deleted: 1, failed: 0, freedBytes: 200 },
    unfinishedWrites: { discarded: 0, kept: 0 },
    startedAt: SAMPLE_TIME,
  }),
  tag: sample(TagResource, { ...base, name: '1.0', digest: SAMPLE_DIGEST, lastPulledAt: null }),
  policy: sample(ProtectionPolicyResource, {
    ...base,
    registry: 'acme',
    name: 'releases',
    images: { match: ['**'] },
    tags: { match: ['v*'], exclude: ['*-rc'] },
    enabled: true,
  }),
  session: sample(SessionResource, { token: 'session-token', expiresAt: '2030-01-02T15:04:05.000Z' }),
  me: sample(MeResource, { ...base, kind: 'user', username: 'ada', admin: true, groups: ['core'] }),
  user: sample(UserResource, {
    ...base,
    username: 'ada',
    admin: true,
    disabled: false,
    groups: ['core'],
    lastLoginAt: SAMPLE_TIME,
  }),
  key: sample(KeyResource, key()),
  newKey: sample(NewKeyResource, { ...key(), secret: SAMPLE_SECRET }),
  robot: sample(RobotResource, robot()),
  newRobot: sample(NewRobotResource, { ...robot(), secret: SAMPLE_SECRET }),
  grant: sample(GrantResource, { ...base, subject: 'user:bob', registry: 'acme', role: 'developer' }),
  explanation: sample(Explanation, { allowed: true, because: ['user:bob is developer of registry acme'] }),
  auditEntry: sample(AuditEntry, {
    id: 'a-1',
    time: SAMPLE_TIME,
    actor,
    action: 'registry.created',
    object: { kind: 'registry', name: 'acme' },
    registry: 'acme',
    address: '192.0.2.1',
    outcome: 'success',
  }),
  webhook: sample(WebhookResource, {
    ...base,
    registry: 'acme',
    name: 'ci',
    url: 'https://ci.example.com/hook',
    events: ['artifact.pushed'],
    includeAttached: false,
    format: 'cloudevents',
    skipTlsVerify: false,
    enabled: true,
    hasSecret: true,
    hasAuthorization: false,
    state: 'active',
    pausedAt: null,
    pauseReason: null,
    failingSince: null,
    lastSuccessAt: SAMPLE_TIME,
  }),
  delivery: sample(DeliveryResource, delivery()),
  deliveryDetail: sample(DeliveryDetailResource, {
    ...delivery(),
    request: { url: 'https://ci.example.com/hook', headers: {}, body: '{}' },
    response: { status: 204, headers: {}, body: '', isTruncated: false },
    attempts: [{ at: SAMPLE_TIME, durationMs: 12, status: 204, error: null }],
  }),
};

interface Sample<S extends TSchema = TSchema> {
  readonly schema: S;
  readonly value: Static<S>;
}

function sample<S extends TSchema>(schema: S, value: Static<S>): Sample<S> {
  return { schema, value };
}

function artifact(): ArtifactResource {
  return {
    ...base,
    digest: SAMPLE_DIGEST,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platforms: ['linux/amd64'],
    size: 12_345_678,
    tags: ['1.0', 'latest'],
    pushedAt: SAMPLE_TIME,
    lastPulledAt: null,
    pullCount: 7,
  };
}

function key(): KeyResource {
  return { ...base, id: 'k-1', description: 'laptop', enabled: true, expiresAt: null, lastUsedAt: null };
}

function robot(): RobotResource {
  return {
    ...base,
    registry: 'acme',
    name: 'ci',
    username: 'acme+ci',
    role: 'developer',
    description: '',
    enabled: true,
    expiresAt: null,
    lastUsedAt: null,
  };
}

function delivery(): Static<typeof DeliveryResource> {
  return {
    id: 'd-1',
    event: 'e-1',
    type: 'artifact.pushed',
    subject: 'acme/team/web:1.0',
    state: 'succeeded',
    attemptCount: 1,
    status: 204,
    error: null,
    nextAttemptAt: null,
    createdAt: SAMPLE_TIME,
    updatedAt: SAMPLE_TIME,
  };
}
