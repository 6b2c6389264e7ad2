import { Actor, RegistryState, TagNaming, Visibility } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';
import { OriginFields } from './origin-fields.ts';

/** A tenant's unit, under an opaque id: a later registry of the same name inherits nothing. */
const Registry = Type.Object({
  name: Type.String(),
  description: Type.String(),
  visibility: Visibility,
  tagNaming: TagNaming,
  allowMissingChildren: Type.Boolean(),
  state: RegistryState,
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
  /** While it is `deleting`: whose wish that is, for whichever copy brings it to its end. */
  deletion: Type.Optional(
    Type.Object({
      ...OriginFields.properties,
      /** All that it holds goes with it. */
      isForced: Type.Boolean(),
      /** It goes: nothing in it is protected, and it was found empty or is forced. Until then it may come back. */
      isDecided: Type.Boolean(),
    }),
  ),
});
export type Registry = Static<typeof Registry>;

export const registries: CollectionDefinition<Registry> = {
  name: 'registries',
  schema: Registry,
  unique: { name: ['name'] },
  indexes: {
    byName: [{ field: 'name' }],
    byVisibility: [{ field: 'visibility' }, { field: 'name' }],
    byState: [{ field: 'state' }, { field: 'name' }],
  },
};
