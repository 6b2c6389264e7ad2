import type { RegistryPatch } from '@berth/contracts';
import { type Origin, registryUpdated } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import type { RegistryDocument } from './find-registry.ts';

const FIELDS = [
  'description',
  'visibility',
  'tagNaming',
  'allowMissingChildren',
] as const satisfies readonly (keyof RegistryPatch)[];

/**
 * Changes settings of a registry by the version that was read; one that says the same stays as it is, without an event.
 * StoreError VERSION_CONFLICT when it is not that version any more.
 */
export async function updateRegistry(
  facts: Facts,
  update: { registry: RegistryDocument; settings: RegistryPatch; origin: Origin },
): Promise<RegistryDocument> {
  const { registry, settings, origin } = update;
  const changes = FIELDS.filter((field) => settings[field] !== registry[field]);
  if (changes.length === 0) return registry;
  const visibility = changes.includes('visibility') ? settings.visibility : undefined;
  const events = (sequence: number) => [
    registryUpdated(facts, { registry, changes, visibility, origin, sequence }),
  ];
  return await facts.registries.replace(
    { ...registry, ...settings, updatedAt: timestamp(facts) },
    { events },
  );
}
