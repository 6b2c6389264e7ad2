import { ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { ProtectionPolicy } from '../documents/protection-policy.ts';
import type { Facts } from '../facts.ts';

export type PolicyDocument = ProtectionPolicy & Stored;

/** The policy of an id, of this registry where one is given. POLICY_NOT_FOUND. */
export async function findPolicy(facts: Facts, id: string, registryId?: string): Promise<PolicyDocument> {
  const policy = await facts.protectionPolicies.get(id);
  if (!policy || (registryId !== undefined && policy.registryId !== registryId)) throw policyNotFound(id);
  return policy;
}

export function policyNotFound(id: string): ServiceError {
  return new ServiceError('POLICY_NOT_FOUND', `protection policy "${id.slice(0, 200)}" does not exist`);
}
