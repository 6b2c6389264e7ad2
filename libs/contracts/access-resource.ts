import { type Static, Type } from '@sinclair/typebox';
import { Actor, PrincipalKind } from './principal.ts';

const closed = { additionalProperties: false } as const;
export const Timestamp = Type.String({ description: 'RFC 3339, UTC' });
const OptionalTime = Type.Union([Timestamp, Type.Null()]);
const RegistryName = Type.String({ minLength: 1, maxLength: 255 });
const LoginName = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[a-z0-9][a-z0-9._+-]*$',
  description: 'lower-case letters, digits, ".", "_", "+" and "-", beginning with a letter or digit',
});
export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 1024;
const NewPassword = Type.String({ minLength: MIN_PASSWORD_LENGTH, maxLength: MAX_PASSWORD_LENGTH });
const GroupName = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$' });

/** A person has at most so many access keys. */
export const MAX_ACCESS_KEYS = 5;

const base = { id: Type.String(), createdAt: Timestamp, updatedAt: Timestamp, createdBy: Actor };

export const SessionCreation = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 255 }),
  password: Type.String({ minLength: 1, maxLength: 4096 }),
});
export const SessionResource = Type.Object({ token: Type.String(), expiresAt: Timestamp });

/** `id` is the user's for users and their keys, the robot's for robots. */
export const MeResource = Type.Object({
  ...base,
  kind: PrincipalKind,
  username: Type.String(),
  admin: Type.Boolean(),
  groups: Type.Array(Type.String()),
});
export type MeResource = Static<typeof MeResource>;
export const PasswordChange = Type.Object({
  currentPassword: Type.String({ maxLength: 4096 }),
  password: NewPassword,
});

export const UserCreation = Type.Object(
  {
    username: LoginName,
    password: NewPassword,
    admin: Type.Optional(Type.Boolean()),
    disabled: Type.Optional(Type.Boolean()),
    groups: Type.Optional(Type.Array(GroupName, { maxItems: 50, uniqueItems: true })),
  },
  closed,
);
export type UserCreation = Static<typeof UserCreation>;
/** `password` sets a new one, which ends the sessions of the user. */
export const UserPatch = Type.Object(
  {
    admin: Type.Boolean({ default: false }),
    disabled: Type.Boolean({ default: false }),
    groups: Type.Array(GroupName, { maxItems: 50, uniqueItems: true, default: [] }),
    password: Type.Optional(NewPassword),
  },
  closed,
);
export const UserResource = Type.Object({
  ...base,
  username: Type.String(),
  admin: Type.Boolean(),
  disabled: Type.Boolean(),
  groups: Type.Array(Type.String()),
  lastLoginAt: OptionalTime,
});
export type UserResource = Static<typeof UserResource>;

const Description = Type.String({ maxLength: 255, default: '' });
const Enabled = Type.Boolean({ default: true });
export const KeyCreation = Type.Object(
  { description: Type.Optional(Description), expiresAt: Type.Optional(OptionalTime) },
  closed,
);
export const KeyPatch = Type.Object({ description: Description, enabled: Enabled }, closed);
/** `id` is the user name that the key logs in with. */
export const KeyResource = Type.Object({
  ...base,
  description: Description,
  enabled: Type.Boolean(),
  expiresAt: OptionalTime,
  lastUsedAt: OptionalTime,
});
export type KeyResource = Static<typeof KeyResource>;
/** The secret is shown this once. */
export const NewKeyResource = Type.Object({ ...KeyResource.properties, secret: Type.String() });

const RobotRole = Type.Union([
  Type.Literal('maintainer'),
  Type.Literal('developer'),
  Type.Literal('uploader'),
  Type.Literal('viewer'),
]);
export const GrantableRole = RobotRole;
export const RobotCreation = Type.Object(
  {
    registry: RegistryName,
    name: LoginName,
    role: RobotRole,
    description: Type.Optional(Description),
    expiresAt: Type.Optional(OptionalTime),
  },
  closed,
);
/** Without `expiresAt`, which null removes, it never expires. */
export const RobotPatch = Type.Object(
  {
    role: RobotRole,
    description: Description,
    enabled: Enabled,
    expiresAt: Type.Optional(OptionalTime),
  },
  closed,
);
/** `username`, `<registry>+<name>`, is what the robot logs in with. */
export const RobotResource = Type.Object({
  ...base,
  registry: Type.String(),
  name: Type.String(),
  username: Type.String(),
  role: RobotRole,
  description: Description,
  enabled: Type.Boolean(),
  expiresAt: OptionalTime,
  lastUsedAt: OptionalTime,
});
export type RobotResource = Static<typeof RobotResource>;
/** The secret is shown this once. */
export const NewRobotResource = Type.Object({ ...RobotResource.properties, secret: Type.String() });

/** `user:<user name>`, `robot:<user name of the robot>`, `group:<name>` */
const GrantSubject = Type.String({ maxLength: 300, pattern: '^(user|robot|group):.+$' });
export const GrantCreation = Type.Object(
  { subject: GrantSubject, registry: RegistryName, role: GrantableRole },
  closed,
);
export const GrantResource = Type.Object({
  ...base,
  subject: Type.String(),
  registry: Type.String({ description: '* for all' }),
  role: GrantableRole,
});
export type GrantResource = Static<typeof GrantResource>;

export const ExplainQuery = Type.Object({
  subject: Type.String({ maxLength: 300, description: 'user:…, robot:…, key:…, group:… or anonymous' }),
  registry: RegistryName,
  image: Type.Optional(Type.String({ maxLength: 255 })),
  action: Type.String({
    maxLength: 64,
    description: 'pull, push, delete, or a role that a management route asks for',
  }),
});
export const Explanation = Type.Object({ allowed: Type.Boolean(), because: Type.Array(Type.String()) });

export const AuditEntry = Type.Object({
  id: Type.String(),
  time: Timestamp,
  actor: Actor,
  /** The event's type: `registry.created`, `access.loginFailed` */
  action: Type.String(),
  object: Type.Object({ kind: Type.String(), name: Type.String(), id: Type.Optional(Type.String()) }),
  registry: Type.Union([Type.String(), Type.Null()]),
  address: Type.Union([Type.String(), Type.Null()]),
  outcome: Type.Union([Type.Literal('success'), Type.Literal('failure')]),
  detail: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type AuditEntry = Static<typeof AuditEntry>;
