import {
  PROTECTION_ROUTES,
  ProtectionPolicyCreation,
  ProtectionPolicyPatch,
  type ProtectionPolicyResource,
} from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import {
  bodyReader,
  etag,
  type ManagementHandlers,
  patchReader,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { Facts } from '../facts.ts';
import { createPolicy } from '../protection/create-policy.ts';
import { deletePolicy } from '../protection/delete-policy.ts';
import { findPolicy, type PolicyDocument, policyNotFound } from '../protection/find-policy.ts';
import { listPolicies } from '../protection/list-policies.ts';
import { updatePolicy } from '../protection/update-policy.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import { activeRegistryOf, type ManagementExchange, originOf } from './scope-of.ts';

const EVERYTHING = { match: ['**'] };
const DEFAULTS = { images: EVERYTHING, tags: EVERYTHING, enabled: true };

/** `/api/v1/protection/policies` and each of them. */
export function protectionHandlers(facts: Facts) {
  const readQuery = queryReader(PROTECTION_ROUTES.listProtectionPolicies.query);
  const readCreation = bodyReader(ProtectionPolicyCreation);
  const readPatch = patchReader(ProtectionPolicyPatch);

  return {
    async listProtectionPolicies(exchange) {
      const { registry: _, ...query } = readQuery(exchange.query);
      const registry = exchange.identity.registry && (await activeRegistryOf(facts, exchange));
      const { items, next } = await listPolicies(facts, { ...query, registry });
      const views = items.map(({ policy, registryName }) => viewPolicy(policy, registryName));
      sendJson(exchange.response, 200, { items: views, next });
    },
    async createProtectionPolicy(exchange) {
      const { registry: _, ...given } = await readCreation(exchange.request);
      const registry = await activeRegistryOf(facts, exchange);
      const settings = { ...DEFAULTS, ...given };
      const policy = await createPolicy(facts, { registry, settings, origin: originOf(exchange) });
      const headers = { Location: `/api/v1/protection/policies/${policy.id}` };
      sendResource(exchange, { ...resourceOf(policy, registry), status: 201, headers });
    },
    async getProtectionPolicy(exchange) {
      const { policy, registry } = await policyOf(facts, exchange);
      sendResource(exchange, resourceOf(policy, registry));
    },
    async updateProtectionPolicy(exchange) {
      const { request } = exchange;
      const { updated, registry } = await retryConflict('the protection policy', async () => {
        const { policy, registry } = await policyOf(facts, exchange);
        versionRequirement(request)(policy.version);
        const { name, images, tags, enabled } = policy;
        const settings = await readPatch(request, { name, images, tags, enabled });
        const origin = originOf(exchange);
        return { registry, updated: await updatePolicy(facts, { registry, policy, settings, origin }) };
      });
      sendResource(exchange, resourceOf(updated, registry));
    },
    async deleteProtectionPolicy(exchange) {
      await retryConflict('the protection policy', async () => {
        const { policy, registry } = await policyOf(facts, exchange);
        versionRequirement(exchange.request)(policy.version);
        await deletePolicy(facts, { registry, policy, origin: originOf(exchange) });
      });
      sendEmpty(exchange.response, 204);
    },
  } satisfies ManagementHandlers<typeof PROTECTION_ROUTES>;
}

/** The policy that a path names, in the registry for which the access check let the caller in. */
async function policyOf(facts: Facts, exchange: ManagementExchange) {
  const id = exchange.params.id ?? '';
  const registryId = exchange.identity.registry?.id;
  if (registryId === undefined) throw policyNotFound(id);
  const policy = await findPolicy(facts, id, registryId);
  return { policy, registry: await activeRegistryOf(facts, exchange) };
}

function resourceOf(policy: PolicyDocument, registry: RegistryDocument) {
  return { tag: etag(policy.version), body: viewPolicy(policy, registry.name) };
}

function viewPolicy(policy: PolicyDocument, registry: string): ProtectionPolicyResource {
  const { id, name, images, tags, enabled, createdAt, updatedAt, createdBy } = policy;
  return { id, registry, name, images, tags, enabled, createdAt, updatedAt, createdBy };
}
