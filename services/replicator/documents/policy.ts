import { Actor, GlobFilter } from '@berth/contracts';
import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** What is copied where, and when. */
const Policy = Type.Object({
  registryId: Type.String(),
  registry: Type.String(),
  /** From 1 to MAX_REPLICATION_POLICIES, unique in the registry: there are never more. */
  slot: Type.Integer(),
  name: Type.String(),
  enabled: Type.Boolean(),
  direction: Type.Union([Type.Literal('push'), Type.Literal('pull')]),
  /** The id of an endpoint. */
  endpoint: Type.String(),
  remoteRegistry: Type.Optional(Type.String()),
  images: GlobFilter,
  tags: GlobFilter,
  trigger: Type.Union([Type.Literal('manual'), Type.Literal('scheduled'), Type.Literal('event')]),
  schedule: Type.Optional(Type.String()),
  overwrite: Type.Union([Type.Literal('never'), Type.Literal('always')]),
  deletes: Type.Union([Type.Literal('keep'), Type.Literal('mirror')]),
  bandwidthBytesPerSecond: Type.Optional(Type.Integer()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type Policy = Static<typeof Policy>;
export type PolicyDocument = Policy & Stored;

export const policies: CollectionDefinition<Policy> = {
  name: 'policies',
  schema: Policy,
  unique: { name: ['registryId', 'name'], slot: ['registryId', 'slot'] },
  indexes: {
    byRegistry: [{ field: 'registryId' }, { field: 'name' }],
    byTrigger: [{ field: 'trigger' }],
    byName: [{ field: 'name' }],
    byEndpoint: [{ field: 'endpoint' }],
  },
};
