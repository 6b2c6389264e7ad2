import { Actor, GrantableRole } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A person who signs in with a password. */
const User = Type.Object({
  kind: Type.Literal('user'),
  username: Type.String(),
  /** scrypt, in the form that `password-hasher.ts` writes. */
  passwordHash: Type.String(),
  /** Grows when the password changes and when the user is disabled; sessions and refresh tokens of before have ended. */
  credentialEpoch: Type.Integer(),
  admin: Type.Boolean(),
  disabled: Type.Boolean(),
  groups: Type.Array(Type.String()),
  /** Epoch milliseconds. Until then somebody may be taking their administration away: see `retire-administrator.ts`. */
  retiringUntil: Type.Optional(Type.Integer()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type User = Static<typeof User>;

/** A machine that signs in with a secret, in one registry. */
const Robot = Type.Object({
  kind: Type.Literal('robot'),
  /** `<registry>+<name>`; a registry's name holds no `+` and never changes. */
  username: Type.String(),
  name: Type.String(),
  registryId: Type.String(),
  role: GrantableRole,
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
export type Robot = Static<typeof Robot>;

export type Account = User | Robot;

/** Users and robots in one collection, since they share one space of login names: `username` is unique among both. */
export const accounts: CollectionDefinition<Account> = {
  name: 'accounts',
  schema: Type.Object({ kind: Type.String(), username: Type.String() }, { oneOf: [User, Robot] }),
  unique: { username: ['username'] },
  indexes: {
    byUsername: [{ field: 'username' }],
    byKind: [{ field: 'kind' }, { field: 'username' }],
    byAdmin: [{ field: 'admin' }, { field: 'username' }],
    byRegistry: [{ field: 'registryId' }, { field: 'name' }],
    byRobotName: [{ field: 'name' }, { field: 'registryId' }],
  },
};
