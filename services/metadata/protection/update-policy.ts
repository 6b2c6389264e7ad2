import { type Origin, protectionChanged } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import type { RegistryDocument } from '../registries/find-registry.ts';
import type { PolicyDocument } from './find-policy.ts';
import { assertGlobs, isNameTaken, nameTaken, type PolicySettings } from './policy-settings.ts';

const FIELDS = ['name', 'images', 'tags', 'enabled'] as const satisfies readonly (keyof PolicySettings)[];

/**
 * Changes a policy by the version that was read; one that says the same stays as it is, without an event. NAME_TAKEN
 * with detail {existingId}, GLOB_INVALID; StoreError VERSION_CONFLICT.
 */
export async function updatePolicy(
  facts: Facts,
  update: {
    readonly registry: RegistryDocument;
    readonly policy: PolicyDocument;
    readonly settings: PolicySettings;
    readonly origin: Origin;
  },
): Promise<PolicyDocument> {
  const { registry, policy, settings, origin } = update;
  assertGlobs(settings);
  const changes = FIELDS.filter((field) => JSON.stringify(settings[field]) !== JSON.stringify(policy[field]));
  if (changes.length === 0) return policy;
  const changed = { ...policy, ...settings, updatedAt: timestamp(facts) };
  const events = (sequence: number) => [
    protectionChanged(facts, {
      type: 'protection.updated',
      registry,
      policy: changed,
      changes,
      origin,
      sequence,
    }),
  ];
  try {
    return await facts.protectionPolicies.replace(changed, { events });
  } catch (error) {
    throw isNameTaken(error) ? nameTaken(settings.name, error) : error;
  }
}
