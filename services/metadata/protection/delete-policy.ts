import { type Origin, protectionChanged } from '../events.ts';
import type { Facts } from '../facts.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import type { PolicyDocument } from './find-policy.ts';

/** Deletes a policy by the version that was read: StoreError VERSION_CONFLICT. */
export async function deletePolicy(
  facts: Facts,
  deletion: {
    readonly registry: RegistryDocument;
    readonly policy: PolicyDocument;
    readonly origin: Origin;
  },
): Promise<void> {
  const { policy } = deletion;
  const events = (sequence: number) => [
    protectionChanged(facts, { type: 'protection.deleted', ...deletion, sequence }),
  ];
  await facts.protectionPolicies.remove(policy, { events });
}
