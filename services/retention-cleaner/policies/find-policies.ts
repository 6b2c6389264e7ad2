import { MAX_CLEANUP_POLICIES, ServiceError } from '@berth/contracts';
import type { Page } from '@berth/document-store';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import type { Records } from '../records.ts';

/** POLICY_NOT_FOUND */
export async function requirePolicy({ policies }: Records, id: string): Promise<PolicyDocument> {
  const policy = await policies.get(id);
  if (policy === null) throw policyNotFound(id);
  return policy;
}

export function policyNotFound(id: string): ServiceError {
  return new ServiceError('POLICY_NOT_FOUND', `cleanup policy "${id.slice(0, 200)}" does not exist`);
}

/** All of a registry, by its id. */
export async function policiesOf(
  { policies }: Records,
  registryId: string,
): Promise<readonly PolicyDocument[]> {
  const limit = MAX_CLEANUP_POLICIES;
  return (await policies.page({ index: 'byRegistry', equals: { registryId }, limit })).items;
}

/** Policies in the order of their names, of one registry or of all. */
export async function listPolicies(
  { policies }: Records,
  query: {
    readonly registryId: string | undefined;
    readonly limit: number;
    readonly after?: string | undefined;
    readonly q?: string | undefined;
    readonly name?: string | undefined;
  },
): Promise<Page<PolicyDocument>> {
  const { registryId, limit, after, q, name } = query;
  return await policies.page({
    index: registryId === undefined ? 'byName' : 'byRegistry',
    equals: { ...(registryId !== undefined && { registryId }), ...(name !== undefined && { name }) },
    limit,
    ...(after !== undefined && { after }),
    ...(q !== undefined && { contains: { field: 'name', text: q } }),
  });
}
