import { type Static, Type } from '@sinclair/typebox';
import { GlobFilter } from './glob-filter.ts';
import { defineRoutes, listOf, PAGE_PARAMETERS, SEARCH_PARAMETERS } from './management-route.ts';
import { Actor } from './principal.ts';
import {
  EndpointCreation,
  EndpointNameResource,
  EndpointPatch,
  EndpointResource,
  PingResource,
} from './replication-endpoint-resource.ts';
import {
  ReplicationRunResource,
  ReplicationRunState,
  ReplicationTaskResource,
  ReplicationTaskState,
} from './replication-run-resource.ts';

const closed = { additionalProperties: false } as const;
const Timestamp = Type.String({ description: 'RFC 3339, UTC' });
const stamped = { createdAt: Timestamp, updatedAt: Timestamp, createdBy: Actor };
const Name = Type.String({ minLength: 1, maxLength: 128 });
const either = <A extends string, B extends string>(first: A, second: B) =>
  Type.Union([Type.Literal(first), Type.Literal(second)], { default: first });

/** A registry has at most so many replication policies. */
export const MAX_REPLICATION_POLICIES = 100;

const Trigger = Type.Union([Type.Literal('manual'), Type.Literal('scheduled'), Type.Literal('event')], {
  default: 'manual',
});

const policy = {
  name: Name,
  /** Off: no event and no schedule begins a run; one by hand still goes. */
  enabled: Type.Boolean({ default: true }),
  endpoint: Type.String({ minLength: 1, maxLength: 255, description: 'id of an endpoint' }),
  /** What stands before an image's name there; by default the name of the registry. */
  remoteRegistry: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  images: GlobFilter,
  tags: GlobFilter,
  trigger: Trigger,
  /** Five-part cron, in UTC; with `trigger: "scheduled"` and no other. */
  schedule: Type.Optional(Type.String({ minLength: 9, maxLength: 255 })),
  overwrite: either('never', 'always'),
  /** `mirror`: tags that this policy wrote and that are gone here are deleted there; only where direction is push. */
  deletes: either('keep', 'mirror'),
  bandwidthBytesPerSecond: Type.Optional(Type.Integer({ minimum: 1024 })),
};

export const ReplicationPolicyCreation = Type.Object(
  {
    ...policy,
    registry: Type.String({ minLength: 1, maxLength: 255 }),
    direction: either('push', 'pull'),
    enabled: Type.Optional(Type.Boolean()),
    images: Type.Optional(GlobFilter),
    tags: Type.Optional(GlobFilter),
    trigger: Type.Optional(Trigger),
    overwrite: Type.Optional(either('never', 'always')),
    deletes: Type.Optional(either('keep', 'mirror')),
  },
  closed,
);
export type ReplicationPolicyCreation = Static<typeof ReplicationPolicyCreation>;

export const ReplicationPolicyPatch = Type.Object(policy, closed);
export type ReplicationPolicyPatch = Static<typeof ReplicationPolicyPatch>;

export const ReplicationPolicyResource = Type.Object({
  id: Type.String(),
  registry: Type.String(),
  direction: either('push', 'pull'),
  ...policy,
  ...stamped,
});
export type ReplicationPolicyResource = Static<typeof ReplicationPolicyResource>;

export const ReplicationRunCreation = Type.Object({ dryRun: Type.Optional(Type.Boolean()) }, closed);

/** How far a policy is behind: the oldest tag that is not there yet; null when nothing waits. */
export const ReplicationLagResource = Type.Object({
  oldestWaitingAt: Type.Union([Timestamp, Type.Null()]),
  /** Since when the oldest tag is behind that could not be copied, and was not since. */
  oldestFailedAt: Type.Union([Timestamp, Type.Null()]),
  lagSeconds: Type.Integer({ minimum: 0 }),
});
export type ReplicationLagResource = Static<typeof ReplicationLagResource>;

const Count = Type.Integer({ minimum: 0 });

/** What differs between both sides, of the tags that this page looked at; those that are the same are only counted. */
export const ReplicationDriftResource = Type.Object({
  items: Type.Array(
    Type.Object({
      image: Type.String(),
      tag: Type.String(),
      /** `missing`: not at the destination; `extra`: there, but not at the source. */
      state: Type.Union([Type.Literal('missing'), Type.Literal('different'), Type.Literal('extra')]),
      sourceDigest: Type.Optional(Type.String()),
      destinationDigest: Type.Optional(Type.String()),
    }),
  ),
  counts: Type.Object({ same: Count, missing: Count, different: Count, extra: Count }),
  /** False where the destination gives no list of its repositories, or of the tags of one: what only it has is not looked at then. */
  areDestinationImagesKnown: Type.Boolean(),
  next: Type.Union([Type.String(), Type.Null()]),
});
export type ReplicationDriftResource = Static<typeof ReplicationDriftResource>;

const ENDPOINTS = '/api/v1/replication/endpoints';
const ENDPOINT = `${ENDPOINTS}/{id}`;
const POLICIES = '/api/v1/replication/policies';
const POLICY = `${POLICIES}/{id}`;
const RUN = '/api/v1/replication/runs/{runId}';
const inRegistry = { action: 'maintainer', registry: 'object' } as const;
const POLICY_ERRORS = ['NAME_TAKEN', 'ENDPOINT_NOT_FOUND', 'GLOB_INVALID', 'REQUEST_INVALID'] as const;
const ENDPOINT_ERRORS = ['NAME_TAKEN', 'TARGET_REFUSED', 'REQUEST_INVALID'] as const;

export const REPLICATION_ROUTES = defineRoutes({
  listEndpoints: {
    method: 'GET',
    pattern: ENDPOINTS,
    action: 'admin',
    summary: 'Registries that may be replicated with',
    query: Type.Object(SEARCH_PARAMETERS),
    response: listOf(EndpointResource),
  },
  createEndpoint: {
    method: 'POST',
    pattern: ENDPOINTS,
    action: 'admin',
    summary: 'Create an endpoint',
    request: EndpointCreation,
    response: EndpointResource,
    status: 201,
    errors: ENDPOINT_ERRORS,
  },
  getEndpoint: {
    method: 'GET',
    pattern: ENDPOINT,
    action: 'admin',
    summary: 'One endpoint',
    response: EndpointResource,
    errors: ['ENDPOINT_NOT_FOUND'],
  },
  updateEndpoint: {
    method: 'PATCH',
    pattern: ENDPOINT,
    action: 'admin',
    summary: 'Change an endpoint',
    request: EndpointPatch,
    response: EndpointResource,
    errors: ['ENDPOINT_NOT_FOUND', ...ENDPOINT_ERRORS],
  },
  deleteEndpoint: {
    method: 'DELETE',
    pattern: ENDPOINT,
    action: 'admin',
    summary: 'Delete an endpoint that no policy names',
    errors: ['ENDPOINT_NOT_FOUND', 'ENDPOINT_IN_USE'],
  },
  pingEndpoint: {
    method: 'POST',
    pattern: `${ENDPOINT}/ping`,
    action: 'admin',
    summary: 'Ask whether it is a registry and takes the credentials',
    response: PingResource,
    errors: ['ENDPOINT_NOT_FOUND'],
  },
  listEndpointNames: {
    method: 'GET',
    pattern: '/api/v1/replication/endpoint-names',
    action: 'maintainer',
    registry: 'query',
    summary: 'The endpoints that policies of a registry may name: all, without how they are logged in to',
    query: Type.Object({ registry: Type.Optional(Type.String()), ...SEARCH_PARAMETERS }),
    response: listOf(EndpointNameResource),
  },
  listReplicationPolicies: {
    method: 'GET',
    pattern: POLICIES,
    action: 'maintainer',
    registry: 'query',
    summary: 'Replication policies of a registry',
    query: Type.Object({ registry: Type.Optional(Type.String()), ...SEARCH_PARAMETERS }),
    response: listOf(ReplicationPolicyResource),
  },
  createReplicationPolicy: {
    method: 'POST',
    pattern: POLICIES,
    action: 'maintainer',
    registry: 'body',
    summary: 'Create a replication policy',
    request: ReplicationPolicyCreation,
    response: ReplicationPolicyResource,
    status: 201,
    errors: ['POLICY_LIMIT', ...POLICY_ERRORS],
  },
  getReplicationPolicy: {
    method: 'GET',
    pattern: POLICY,
    ...inRegistry,
    summary: 'One replication policy',
    response: ReplicationPolicyResource,
    errors: ['POLICY_NOT_FOUND'],
  },
  updateReplicationPolicy: {
    method: 'PATCH',
    pattern: POLICY,
    ...inRegistry,
    summary: 'Change a replication policy',
    request: ReplicationPolicyPatch,
    response: ReplicationPolicyResource,
    errors: ['POLICY_NOT_FOUND', ...POLICY_ERRORS],
  },
  deleteReplicationPolicy: {
    method: 'DELETE',
    pattern: POLICY,
    ...inRegistry,
    summary: 'Delete a replication policy; what it copied stays',
    errors: ['POLICY_NOT_FOUND'],
  },
  getReplicationLag: {
    method: 'GET',
    pattern: `${POLICY}/lag`,
    ...inRegistry,
    summary: 'How far a policy is behind',
    response: ReplicationLagResource,
    errors: ['POLICY_NOT_FOUND'],
  },
  getReplicationDrift: {
    method: 'GET',
    pattern: `${POLICY}/drift`,
    ...inRegistry,
    summary:
      'What differs between both sides now, by tag and digest; `limit` tags are looked at, so that a page may be empty and have a next',
    query: Type.Object(PAGE_PARAMETERS),
    response: ReplicationDriftResource,
    errors: ['POLICY_NOT_FOUND', 'ENDPOINT_NOT_FOUND', 'ENDPOINT_FAILED', 'PAGE_INVALID'],
  },
  startReplicationRun: {
    method: 'POST',
    pattern: `${POLICY}/runs`,
    ...inRegistry,
    summary: 'Copy what is not there now; with dryRun only tell what would be copied',
    request: ReplicationRunCreation,
    response: ReplicationRunResource,
    status: 202,
    errors: ['POLICY_NOT_FOUND', 'RUN_IN_PROGRESS'],
  },
  listReplicationRuns: {
    method: 'GET',
    pattern: `${POLICY}/runs`,
    ...inRegistry,
    summary: 'Runs of a policy, newest first',
    query: Type.Object({ ...PAGE_PARAMETERS, state: Type.Optional(ReplicationRunState) }),
    response: listOf(ReplicationRunResource),
    errors: ['POLICY_NOT_FOUND'],
  },
  getReplicationRun: {
    method: 'GET',
    pattern: RUN,
    ...inRegistry,
    summary: 'One run',
    response: ReplicationRunResource,
    errors: ['RUN_NOT_FOUND'],
  },
  listReplicationTasks: {
    method: 'GET',
    pattern: `${RUN}/tasks`,
    ...inRegistry,
    summary: 'What became of each tag of a run',
    query: Type.Object({ state: Type.Optional(ReplicationTaskState), ...PAGE_PARAMETERS }),
    response: listOf(ReplicationTaskResource),
    errors: ['RUN_NOT_FOUND'],
  },
  cancelReplicationRun: {
    method: 'POST',
    pattern: `${RUN}/cancel`,
    ...inRegistry,
    summary: 'End a run; what is copied stays',
    response: ReplicationRunResource,
    status: 202,
    errors: ['RUN_NOT_FOUND', 'RUN_ENDED'],
  },
  retryReplicationRun: {
    method: 'POST',
    pattern: `${RUN}/retry`,
    ...inRegistry,
    summary: 'Try the failed tags of an ended run again, and no others',
    response: ReplicationRunResource,
    status: 202,
    errors: ['RUN_NOT_FOUND', 'RUN_IN_PROGRESS', 'RUN_ENDED'],
  },
});
