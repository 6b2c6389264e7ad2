import { Actor, GrantableRole } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A role of somebody in one registry or in all. Subjects and registries stand by their ids: names may come again. */
const RoleGrant = Type.Object({
  /** `user:<id>`, `robot:<id>`, `group:<name>` */
  subject: Type.String(),
  /** `*` for all. */
  registryId: Type.String(),
  role: GrantableRole,
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type RoleGrant = Static<typeof RoleGrant>;

export const grants: CollectionDefinition<RoleGrant> = {
  name: 'grants',
  schema: RoleGrant,
  unique: { holder: ['subject', 'registryId'] },
  indexes: {
    bySubject: [{ field: 'subject' }, { field: 'registryId' }],
    byRegistry: [{ field: 'registryId' }, { field: 'subject' }],
  },
};
