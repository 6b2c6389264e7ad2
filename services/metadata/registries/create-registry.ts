import { ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { isRegistryName } from '@berth/oci';
import type { Registry } from '../documents/registry.ts';
import { type Origin, registryCreated } from '../events.ts';
import { type Facts, timestamp } from '../facts.ts';
import { type RegistryDocument, readRegistry } from './find-registry.ts';

export type RegistrySettings = Pick<
  Registry,
  'name' | 'description' | 'visibility' | 'tagNaming' | 'allowMissingChildren'
>;

/** Creates a registry under a new opaque id. NAME_INVALID; NAME_TAKEN with detail {existingId}. */
export async function createRegistry(
  facts: Facts,
  settings: RegistrySettings,
  origin: Origin,
): Promise<RegistryDocument> {
  if (!isRegistryName(settings.name)) throw registryNameInvalid(settings.name);
  const now = timestamp(facts);
  const id = facts.newId();
  const body: Registry = {
    ...settings,
    state: 'active',
    createdAt: now,
    updatedAt: now,
    createdBy: origin.actor,
  };
  const events = (sequence: number) => [
    registryCreated(facts, {
      registry: { id, name: body.name },
      visibility: body.visibility,
      origin,
      sequence,
    }),
  ];
  try {
    return await facts.registries.insert(id, body, { events });
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    const existing = await readRegistry(facts, settings.name);
    throw new ServiceError('NAME_TAKEN', `registry "${settings.name}" exists already`, {
      detail: { existingId: existing?.id },
    });
  }
}

function registryNameInvalid(name: string): ServiceError {
  return new ServiceError(
    'NAME_INVALID',
    `registry name "${name.slice(0, 300)}" is not valid: it starts with a lower-case letter or digit, goes on with ` +
      'lower-case letters, digits and single separators (".", "_", "__" or dashes), does not end with one, and has at most 255 characters',
    { detail: { name: name.slice(0, 300) } },
  );
}
