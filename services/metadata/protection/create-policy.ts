import { MAX_PROTECTION_POLICIES, ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import type { ProtectionPolicy } from '../documents/protection-policy.ts';
import { type Origin, protectionChanged } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { type RegistryDocument, registryNotFound } from '../registries/find-registry.ts';
import type { PolicyDocument } from './find-policy.ts';
import { assertGlobs, isNameTaken, nameTaken, type PolicySettings } from './policy-settings.ts';

/**
 * Creates a policy of a registry. The registry is read again afterwards: one that began to be deleted meanwhile keeps no
 * policy. NAME_TAKEN with detail {existingId}, POLICY_LIMIT, GLOB_INVALID, REGISTRY_NOT_FOUND.
 */
export async function createPolicy(
  facts: Facts,
  creation: {
    readonly registry: RegistryDocument;
    readonly settings: PolicySettings;
    readonly origin: Origin;
  },
): Promise<PolicyDocument> {
  const { registry, settings, origin } = creation;
  assertGlobs(settings);
  const now = timestamp(facts);
  const policy = await insertAtFreePlace(facts, {
    registry,
    origin,
    body: {
      ...settings,
      registryId: registry.id,
      createdAt: now,
      updatedAt: now,
      createdBy: origin.actor,
    },
  });
  await facts.step('policy-created');
  if ((await facts.registries.get(registry.id))?.state === 'active') return policy;
  await withdraw(facts, policy);
  throw registryNotFound(registry.name);
}

/** The deletion of the registry may have removed it first. */
async function withdraw(facts: Facts, policy: PolicyDocument): Promise<void> {
  try {
    await facts.protectionPolicies.remove(policy);
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error;
  }
}

/** Two creators may take the same place: the one who loses looks for another. */
async function insertAtFreePlace(
  facts: Facts,
  creation: {
    readonly registry: RegistryDocument;
    readonly origin: Origin;
    readonly body: Omit<ProtectionPolicy, 'place'>;
  },
): Promise<PolicyDocument> {
  const { registry, origin, body } = creation;
  const id = facts.newId();
  const events = (sequence: number) => [
    protectionChanged(facts, {
      type: 'protection.created',
      registry,
      policy: { id, name: body.name },
      origin,
      sequence,
    }),
  ];
  for (;;) {
    const place = await freePlace(facts, registry);
    try {
      return await facts.protectionPolicies.insert(id, { ...body, place }, { events });
    } catch (error) {
      if (isNameTaken(error)) throw nameTaken(body.name, error);
      if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    }
  }
}

async function freePlace(facts: Facts, registry: RegistryDocument): Promise<number> {
  const { items } = await facts.protectionPolicies.page({
    index: 'byRegistry',
    equals: { registryId: registry.id },
    limit: MAX_PROTECTION_POLICIES,
  });
  const taken = new Set(items.map(({ place }) => place));
  for (let place = 0; place < MAX_PROTECTION_POLICIES; place++) if (!taken.has(place)) return place;
  throw new ServiceError(
    'POLICY_LIMIT',
    `registry "${registry.name}" has ${items.length} protection policies, which is the most it can have`,
    { detail: { limit: MAX_PROTECTION_POLICIES } },
  );
}
