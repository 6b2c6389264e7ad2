import { Actor, CleanupPolicySettings } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** Which artifacts of a registry stay, so that the others may go. */
const CleanupPolicy = Type.Object({
  ...CleanupPolicySettings.properties,
  registryId: Type.String(),
  registry: Type.String(),
  /** One of the places for policies that a registry has; taken once, so that there are never more than places. */
  place: Type.Integer(),
  /** What images, tags and rules come to: no two policies of a registry say the same. */
  rules: Type.String(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type CleanupPolicy = Static<typeof CleanupPolicy>;
export type PolicyDocument = CleanupPolicy & Stored;

export const cleanupPolicies: CollectionDefinition<CleanupPolicy> = {
  name: 'cleanupPolicies',
  schema: CleanupPolicy,
  unique: {
    name: ['registryId', 'name'],
    place: ['registryId', 'place'],
    rules: ['registryId', 'rules'],
  },
  indexes: {
    byRegistry: [{ field: 'registryId' }, { field: 'name' }],
    byName: [{ field: 'name' }],
  },
};
