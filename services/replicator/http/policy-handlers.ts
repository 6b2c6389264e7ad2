import {
  REPLICATION_ROUTES,
  ReplicationPolicyCreation,
  ReplicationPolicyPatch,
  ServiceError,
} from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import {
  bodyReader,
  type Exchange,
  etag,
  formatPath,
  type ManagementHandlers,
  type ManagementIdentity,
  patchReader,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import { isRegistryClientError } from '@berth/registry-client';
import { driftFailure } from '../drift/drift-failure.ts';
import { measureDrift } from '../drift/measure-drift.ts';
import { policyEvent } from '../events.ts';
import { listPolicies, requirePolicy, settingsOf, viewPolicy } from '../policies/find-policy.ts';
import { measureLag } from '../policies/measure-lag.ts';
import { removeRemains } from '../policies/remove-remains.ts';
import { createPolicy, updatePolicy } from '../policies/save-policy.ts';
import type { Replicator } from '../ports.ts';
import { sidesOf } from '../tasks/sides-of.ts';
import { originOf } from './origin-of.ts';

function changerOf(exchange: Exchange<ManagementIdentity>) {
  return { origin: originOf(exchange), isAdmin: exchange.identity.principal.isAdmin };
}

/** `/api/v1/replication/policies` */
export function policyHandlers(replicator: Replicator) {
  const { records } = replicator;
  const readQuery = queryReader(REPLICATION_ROUTES.listReplicationPolicies.query);
  const readCreation = bodyReader(ReplicationPolicyCreation);
  const readDrift = queryReader(REPLICATION_ROUTES.getReplicationDrift.query);
  const readPatch = patchReader(ReplicationPolicyPatch);

  return {
    async listReplicationPolicies({ query, identity, response }) {
      const { registry: _, ...page } = readQuery(query);
      const { items, next } = await listPolicies(records, { ...page, registryId: identity.registry?.id });
      sendJson(response, 200, { items: items.map(viewPolicy), next });
    },
    async createReplicationPolicy(exchange) {
      const { registry: name, ...settings } = await readCreation(exchange.request);
      const { registry } = exchange.identity;
      if (registry === undefined)
        throw new ServiceError('REGISTRY_NOT_FOUND', `registry "${name}" does not exist`);
      const policy = await createPolicy(records, { registry, settings, ...changerOf(exchange) });
      const Location = formatPath(REPLICATION_ROUTES.getReplicationPolicy.pattern, { id: policy.id });
      const body = viewPolicy(policy);
      sendResource(exchange, { tag: etag(policy.version), body, status: 201, headers: { Location } });
    },
    async getReplicationPolicy(exchange) {
      const policy = await requirePolicy(records, exchange.params.id ?? '');
      sendResource(exchange, { tag: etag(policy.version), body: viewPolicy(policy) });
    },
    async updateReplicationPolicy(exchange) {
      const id = exchange.params.id ?? '';
      const changed = await retryConflict(`policy ${id}`, async () => {
        const policy = await requirePolicy(records, id);
        versionRequirement(exchange.request)(policy.version);
        const settings = await readPatch(exchange.request, settingsOf(policy));
        return await updatePolicy(records, policy, { settings, ...changerOf(exchange) });
      });
      sendResource(exchange, { tag: etag(changed.version), body: viewPolicy(changed) });
    },
    async deleteReplicationPolicy(exchange) {
      const id = exchange.params.id ?? '';
      await retryConflict(`policy ${id}`, async () => {
        const policy = await requirePolicy(records, id);
        versionRequirement(exchange.request)(policy.version);
        const event = policyEvent(records, {
          ...{ type: 'replication.deleted', setting: policy, origin: originOf(exchange) },
        });
        await records.policies.remove(policy, event);
        await removeRemains(records, policy.id);
      });
      sendEmpty(exchange.response, 204);
    },
    async getReplicationLag({ params, response }) {
      const { id } = await requirePolicy(records, params.id ?? '');
      sendJson(response, 200, await measureLag(records, id));
    },
    async getReplicationDrift({ params, query, response }) {
      const sides = await sidesOf(replicator, params.id ?? '');
      const { local } = replicator;
      try {
        const drift = await measureDrift({ local, clock: records.clock }, sides, readDrift(query));
        sendJson(response, 200, drift);
      } catch (cause) {
        if (!isRegistryClientError(cause)) throw cause;
        throw driftFailure(cause, sides.policy);
      }
    },
  } satisfies Partial<ManagementHandlers<typeof REPLICATION_ROUTES>>;
}
