import { Actor } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A person who signs in with a password. */
const User = Type.Object({
  username: Type.String(),
  /** scrypt, in the form that `password-hasher.ts` writes. */
  passwordHash: Type.String(),
  /** Grows with every change of the password; sessions of an earlier one have ended. */
  credentialEpoch: Type.Integer(),
  admin: Type.Boolean(),
  disabled: Type.Boolean(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type User = Static<typeof User>;

export const users: CollectionDefinition<User> = {
  name: 'users',
  schema: User,
  unique: { username: ['username'] },
  indexes: { byUsername: [{ field: 'username' }] },
};
