import { CLEANUP_ROUTES, CleanupPolicyCreation, CleanupPolicySettings, ServiceError } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import {
  bodyReader,
  etag,
  formatPath,
  type ManagementHandlers,
  patchReader,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import type { Cleaner } from '../cleaner.ts';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import { createPolicy } from '../policies/create-policy.ts';
import { listPolicies, requirePolicy } from '../policies/find-policies.ts';
import { deletePolicy } from '../policies/remove-policies.ts';
import { updatePolicy } from '../policies/update-policy.ts';
import { settingsOf, viewPolicy } from '../policies/view-policy.ts';
import { originOf } from './origin-of.ts';

const EVERYTHING = { match: ['**'] };
const DEFAULTS = {
  ...{ images: EVERYTHING, tags: EVERYTHING, untagged: false },
  ...{ timeZone: 'UTC', maxDeletedShare: 0.8, enabled: true },
};

/** `/api/v1/cleanup/policies` and each of them. */
export function policyHandlers({ records, wake }: Cleaner) {
  const readQuery = queryReader(CLEANUP_ROUTES.listCleanupPolicies.query);
  const readCreation = bodyReader(CleanupPolicyCreation);
  const readPatch = patchReader(CleanupPolicySettings);
  const resourceOf = (policy: PolicyDocument) => ({ tag: etag(policy.version), body: viewPolicy(policy) });

  return {
    async listCleanupPolicies({ query, identity, response }) {
      const { registry: _, ...page } = readQuery(query);
      const { items, next } = await listPolicies(records, { ...page, registryId: identity.registry?.id });
      sendJson(response, 200, { items: items.map(viewPolicy), next });
    },
    async createCleanupPolicy(exchange) {
      const { registry: name, ...given } = await readCreation(exchange.request);
      const { registry } = exchange.identity;
      if (registry === undefined)
        throw new ServiceError('REGISTRY_NOT_FOUND', `registry "${name}" does not exist`);
      const settings = { ...DEFAULTS, ...given };
      const policy = await createPolicy(records, { registry, settings, origin: originOf(exchange) });
      const Location = formatPath(CLEANUP_ROUTES.getCleanupPolicy.pattern, { id: policy.id });
      sendResource(exchange, { ...resourceOf(policy), status: 201, headers: { Location } });
    },
    async getCleanupPolicy(exchange) {
      sendResource(exchange, resourceOf(await requirePolicy(records, exchange.params.id ?? '')));
    },
    async updateCleanupPolicy(exchange) {
      const changed = await retryConflict('the cleanup policy', async () => {
        const policy = await requirePolicy(records, exchange.params.id ?? '');
        versionRequirement(exchange.request)(policy.version);
        const settings = await readPatch(exchange.request, settingsOf(policy));
        return await updatePolicy(records, policy, { settings, origin: originOf(exchange) });
      });
      wake();
      sendResource(exchange, resourceOf(changed));
    },
    async deleteCleanupPolicy(exchange) {
      await retryConflict('the cleanup policy', async () => {
        const policy = await requirePolicy(records, exchange.params.id ?? '');
        versionRequirement(exchange.request)(policy.version);
        await deletePolicy(records, policy, originOf(exchange));
      });
      wake();
      sendEmpty(exchange.response, 204);
    },
  } satisfies Partial<ManagementHandlers<typeof CLEANUP_ROUTES>>;
}
