import { Actor } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A second way for a user to sign in, meant for programs. Its id is the name that it signs in with. */
const AccessKey = Type.Object({
  ownerId: Type.String(),
  /** 1 to 5, unique for its owner: so nobody ever has a sixth, however many are made at once. */
  slot: Type.Integer({ minimum: 1 }),
  description: Type.String(),
  enabled: Type.Boolean(),
  /** RFC 3339, UTC; never, when missing. */
  expiresAt: Type.Optional(Type.String()),
  /** SHA-256 of the secret. */
  secretHash: Type.String(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type AccessKey = Static<typeof AccessKey>;

export const accessKeys: CollectionDefinition<AccessKey> = {
  name: 'access-keys',
  schema: AccessKey,
  unique: { slot: ['ownerId', 'slot'] },
  indexes: { byOwner: [{ field: 'ownerId' }, { field: 'createdAt' }] },
};
