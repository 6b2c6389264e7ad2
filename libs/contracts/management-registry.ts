import { type Static, Type } from '@sinclair/typebox';
import { RegistryState, Visibility } from './metadata-registry-rpc.ts';
import { Actor } from './principal.ts';

const closed = { additionalProperties: false } as const;

export const TagNaming = Type.Union([Type.Literal('lowercase'), Type.Literal('oci')]);

const RegistrySettings = {
  description: Type.String({ maxLength: 1024 }),
  visibility: Visibility,
  tagNaming: TagNaming,
  allowMissingChildren: Type.Boolean(),
};

export const RegistryCreation = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 1024 }),
    ...Type.Partial(Type.Object(RegistrySettings)).properties,
  },
  closed,
);
export type RegistryCreation = Static<typeof RegistryCreation>;

/** A JSON merge patch of a registry; its name stays. */
export const RegistryPatch = Type.Partial(Type.Object(RegistrySettings), closed);
export type RegistryPatch = Static<typeof RegistryPatch>;

export const RegistryResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  ...RegistrySettings,
  state: RegistryState,
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type RegistryResource = Static<typeof RegistryResource>;
