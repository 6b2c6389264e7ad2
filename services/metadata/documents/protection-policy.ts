import { Actor, GlobFilter } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** Which tags of a registry can be neither moved nor deleted. */
const ProtectionPolicy = Type.Object({
  registryId: Type.String(),
  name: Type.String(),
  images: GlobFilter,
  tags: GlobFilter,
  enabled: Type.Boolean(),
  /** One of the places for policies that a registry has; taken once, so that there are never more than places. */
  place: Type.Integer(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type ProtectionPolicy = Static<typeof ProtectionPolicy>;

export const protectionPolicies: CollectionDefinition<ProtectionPolicy> = {
  name: 'protectionPolicies',
  schema: ProtectionPolicy,
  unique: { name: ['registryId', 'name'], place: ['registryId', 'place'] },
  indexes: {
    byRegistry: [{ field: 'registryId' }, { field: 'name' }],
    byName: [{ field: 'name' }],
  },
};
