import { ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Registry } from '../documents/registry.ts';
import type { Facts } from '../facts.ts';

const CACHED_MS = 1_000;

export type RegistryDocument = Registry & Stored;

/**
 * Registries by name, remembered for a second: every request on `/v2` begins with this look-up. One that is being deleted is
 * not, since it may come back at once.
 */
export interface RegistryFinder {
  /** Null when there is none. */
  find(name: string): Promise<RegistryDocument | null>;
  /** NAME_UNKNOWN when there is none, or it is being deleted. */
  require(name: string): Promise<RegistryDocument>;
  forget(name: string): void;
}

export function createRegistryFinder(facts: Facts): RegistryFinder {
  const cache = new Map<string, { registry: RegistryDocument; until: number }>();

  async function find(name: string): Promise<RegistryDocument | null> {
    const now = facts.clock();
    const cached = cache.get(name);
    if (cached && cached.until > now) return cached.registry;
    const registry = await readRegistry(facts, name);
    if (cache.size > 10_000) cache.clear();
    if (registry?.state === 'active') cache.set(name, { registry, until: now + CACHED_MS });
    else cache.delete(name);
    return registry;
  }

  return {
    find,
    forget: (name) => {
      cache.delete(name);
    },
    require: async (name) => {
      const registry = await find(name);
      if (registry?.state !== 'active') throw registryUnknown(name);
      return registry;
    },
  };
}

/** The registry of this name as it is stored now. */
export async function readRegistry(facts: Facts, name: string): Promise<RegistryDocument | null> {
  const { items } = await facts.registries.page({ index: 'byName', equals: { name }, limit: 1 });
  return items[0] ?? null;
}

export function registryUnknown(name: string): ServiceError {
  return new ServiceError(
    'NAME_UNKNOWN',
    `registry "${name}" does not exist; create it before pushing to it`,
  );
}

export function registryNotFound(name: string): ServiceError {
  return new ServiceError('REGISTRY_NOT_FOUND', `registry "${name.slice(0, 300)}" does not exist`);
}
