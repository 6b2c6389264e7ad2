import { type ReplicationPolicyResource, ServiceError } from '@berth/contracts';
import type { PolicyDocument } from '../documents/policy.ts';
import type { NamedQuery } from '../endpoints/find-endpoint.ts';
import type { Records } from '../records.ts';

/** POLICY_NOT_FOUND */
export async function requirePolicy({ policies }: Records, id: string): Promise<PolicyDocument> {
  const policy = await policies.get(id);
  if (policy === null) throw policyNotFound(id);
  return policy;
}

export function policyNotFound(id: string): ServiceError {
  return new ServiceError('POLICY_NOT_FOUND', `replication policy "${id.slice(0, 300)}" does not exist`);
}

/** Policies in the order of their names; of one registry, or of all. */
export async function listPolicies(
  { policies }: Records,
  { registryId, limit, after, q, name }: NamedQuery & { readonly registryId: string | undefined },
) {
  return await policies.page({
    index: registryId === undefined ? 'byName' : 'byRegistry',
    equals: { ...(registryId !== undefined && { registryId }), ...(name !== undefined && { name }) },
    limit,
    ...(after !== undefined && { after }),
    ...(q !== undefined && { contains: { field: 'name', text: q } }),
  });
}

/** What of a policy may be changed. */
export function settingsOf(policy: PolicyDocument) {
  const { name, enabled, endpoint, remoteRegistry, images, tags, trigger, overwrite, deletes } = policy;
  const { bandwidthBytesPerSecond, schedule } = policy;
  return {
    ...{ name, enabled, endpoint, images, tags, trigger, overwrite, deletes },
    ...(remoteRegistry !== undefined && { remoteRegistry }),
    ...(schedule !== undefined && { schedule }),
    ...(bandwidthBytesPerSecond !== undefined && { bandwidthBytesPerSecond }),
  };
}

export function viewPolicy(policy: PolicyDocument): ReplicationPolicyResource {
  const { id, registry, direction, createdAt, updatedAt, createdBy } = policy;
  return { ...{ id, registry, direction }, ...settingsOf(policy), ...{ createdAt, updatedAt, createdBy } };
}
