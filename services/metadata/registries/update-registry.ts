import type { RegistryPatch } from '@berth/contracts';
import { type Origin, registryChanged } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import type { RegistryDocument } from './find-registry.ts';

/** Changes settings of a registry, by the version that was read: StoreError VERSION_CONFLICT when it is not that any more. */
export async function updateRegistry(
  facts: Facts,
  update: { registry: RegistryDocument; settings: Partial<RegistryPatch>; origin: Origin },
): Promise<RegistryDocument> {
  const { registry, settings, origin } = update;
  const events = (sequence: number) => [
    registryChanged(facts, { type: 'registry.updated', registry, origin, sequence }),
  ];
  return await facts.registries.replace(
    { ...registry, ...settings, updatedAt: timestamp(facts) },
    { events },
  );
}
