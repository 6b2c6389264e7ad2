import type { RegistryState, Visibility } from '@berth/contracts';
import type { Static } from '@sinclair/typebox';

/** What decides about access to a registry. */
export interface RegistryFacts {
  readonly id: string;
  readonly name: string;
  readonly visibility: Static<typeof Visibility>;
  readonly state: Static<typeof RegistryState>;
}

/** Registries as metadata knows them; what does not exist is left out. ServiceError UNAVAILABLE while nobody can say. */
export interface RegistryDirectory {
  lookup(names: readonly string[]): Promise<readonly RegistryFacts[]>;
  lookupIds(ids: readonly string[]): Promise<readonly RegistryFacts[]>;
}
