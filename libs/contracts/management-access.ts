import { type Static, Type } from '@sinclair/typebox';
import { defineRoutes, listOf, PAGE_PARAMETERS, SEARCH_PARAMETERS } from './management-route.ts';
import { Actor, PrincipalKind } from './principal.ts';

const closed = { additionalProperties: false } as const;
const Timestamp = Type.String({ description: 'RFC 3339, UTC' });
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

const ACCESS = '/api/v1/access';

export const ACCESS_ROUTES = defineRoutes({
  openSession: {
    method: 'POST',
    pattern: `${ACCESS}/sessions`,
    action: 'public',
    summary: 'Sign in to the management API',
    request: SessionCreation,
    response: SessionResource,
    status: 201,
    errors: ['DENIED'],
  },
  endSession: {
    method: 'DELETE',
    pattern: `${ACCESS}/sessions/current`,
    action: 'signedIn',
    summary: 'Sign out',
    errors: ['SESSION_REQUIRED'],
  },
  getMe: {
    method: 'GET',
    pattern: `${ACCESS}/me`,
    action: 'signedIn',
    summary: 'Who am I',
    response: MeResource,
  },
  updateMe: {
    method: 'PATCH',
    pattern: `${ACCESS}/me`,
    action: 'signedIn',
    summary: 'Change my password, which ends all my sessions',
    request: PasswordChange,
    response: MeResource,
    errors: ['DENIED', 'REQUEST_INVALID'],
  },
  listUsers: {
    method: 'GET',
    pattern: `${ACCESS}/users`,
    action: 'admin',
    summary: 'Users',
    query: Type.Object(SEARCH_PARAMETERS),
    response: listOf(UserResource),
  },
  createUser: {
    method: 'POST',
    pattern: `${ACCESS}/users`,
    action: 'admin',
    summary: 'Create a user',
    request: UserCreation,
    response: UserResource,
    status: 201,
    errors: ['NAME_TAKEN', 'NAME_INVALID', 'REQUEST_INVALID'],
  },
  getUser: {
    method: 'GET',
    pattern: `${ACCESS}/users/{username}`,
    action: 'admin',
    summary: 'One user',
    response: UserResource,
    errors: ['USER_NOT_FOUND'],
  },
  updateUser: {
    method: 'PATCH',
    pattern: `${ACCESS}/users/{username}`,
    action: 'admin',
    summary: 'Change a user: disable, make an administrator, set a new password, put into groups',
    request: UserPatch,
    response: UserResource,
    errors: ['USER_NOT_FOUND', 'LAST_ADMIN', 'REQUEST_INVALID'],
  },
  deleteUser: {
    method: 'DELETE',
    pattern: `${ACCESS}/users/{username}`,
    action: 'admin',
    summary: 'Delete a user with keys, sessions and grants',
    errors: ['USER_NOT_FOUND', 'LAST_ADMIN'],
  },
  listKeys: {
    method: 'GET',
    pattern: `${ACCESS}/keys`,
    action: 'signedIn',
    summary: 'My access keys',
    query: Type.Object(PAGE_PARAMETERS),
    response: listOf(KeyResource),
    errors: ['DENIED'],
  },
  createKey: {
    method: 'POST',
    pattern: `${ACCESS}/keys`,
    action: 'signedIn',
    summary: 'Create an access key of mine; its secret is shown this once',
    request: KeyCreation,
    response: NewKeyResource,
    status: 201,
    errors: ['KEY_LIMIT', 'DENIED'],
  },
  getKey: {
    method: 'GET',
    pattern: `${ACCESS}/keys/{id}`,
    action: 'signedIn',
    summary: 'One access key of mine',
    response: KeyResource,
    errors: ['KEY_NOT_FOUND', 'DENIED'],
  },
  updateKey: {
    method: 'PATCH',
    pattern: `${ACCESS}/keys/{id}`,
    action: 'signedIn',
    summary: 'Enable or disable an access key of mine',
    request: KeyPatch,
    response: KeyResource,
    errors: ['KEY_NOT_FOUND', 'DENIED'],
  },
  deleteKey: {
    method: 'DELETE',
    pattern: `${ACCESS}/keys/{id}`,
    action: 'signedIn',
    summary: 'Delete an access key of mine',
    errors: ['KEY_NOT_FOUND', 'DENIED'],
  },
  listRobots: {
    method: 'GET',
    pattern: `${ACCESS}/robots`,
    action: 'maintainer',
    registry: 'query',
    summary: 'Robot accounts of a registry',
    query: Type.Object({ registry: Type.Optional(Type.String()), ...SEARCH_PARAMETERS }),
    response: listOf(RobotResource),
  },
  createRobot: {
    method: 'POST',
    pattern: `${ACCESS}/robots`,
    action: 'maintainer',
    registry: 'body',
    summary: 'Create a robot account; its secret is shown this once',
    request: RobotCreation,
    response: NewRobotResource,
    status: 201,
    errors: ['NAME_TAKEN', 'NAME_INVALID'],
  },
  getRobot: {
    method: 'GET',
    pattern: `${ACCESS}/robots/{id}`,
    action: 'maintainer',
    registry: 'object',
    summary: 'One robot account',
    response: RobotResource,
    errors: ['ROBOT_NOT_FOUND'],
  },
  updateRobot: {
    method: 'PATCH',
    pattern: `${ACCESS}/robots/{id}`,
    action: 'maintainer',
    registry: 'object',
    summary: 'Change a robot account',
    request: RobotPatch,
    response: RobotResource,
    errors: ['ROBOT_NOT_FOUND'],
  },
  deleteRobot: {
    method: 'DELETE',
    pattern: `${ACCESS}/robots/{id}`,
    action: 'maintainer',
    registry: 'object',
    summary: 'Delete a robot account',
    errors: ['ROBOT_NOT_FOUND'],
  },
  listGrants: {
    method: 'GET',
    pattern: `${ACCESS}/grants`,
    action: 'maintainer',
    registry: 'query',
    summary: 'Who holds which role in a registry',
    query: Type.Object({
      registry: Type.Optional(Type.String()),
      subject: Type.Optional(Type.String({ maxLength: 300 })),
      ...PAGE_PARAMETERS,
    }),
    response: listOf(GrantResource),
  },
  createGrant: {
    method: 'POST',
    pattern: `${ACCESS}/grants`,
    action: 'maintainer',
    registry: 'body',
    summary: 'Give a role in a registry, or with registry "*" in all',
    request: GrantCreation,
    response: GrantResource,
    status: 201,
    errors: ['GRANT_EXISTS', 'SUBJECT_NOT_FOUND', 'REQUEST_INVALID'],
  },
  getGrant: {
    method: 'GET',
    pattern: `${ACCESS}/grants/{id}`,
    action: 'maintainer',
    registry: 'object',
    summary: 'One grant',
    response: GrantResource,
    errors: ['GRANT_NOT_FOUND'],
  },
  deleteGrant: {
    method: 'DELETE',
    pattern: `${ACCESS}/grants/{id}`,
    action: 'maintainer',
    registry: 'object',
    summary: 'Take a role away',
    errors: ['GRANT_NOT_FOUND'],
  },
  explainAccess: {
    method: 'GET',
    pattern: `${ACCESS}/explain`,
    action: 'maintainer',
    registry: 'query',
    summary: 'May somebody do something, and why',
    query: ExplainQuery,
    response: Explanation,
    errors: ['SUBJECT_NOT_FOUND', 'REQUEST_INVALID'],
  },
  listAudit: {
    method: 'GET',
    pattern: '/api/v1/audit',
    action: 'maintainer',
    registry: 'query',
    summary: 'Who did what to what, newest first; maintainers name their registry',
    query: Type.Object({
      registry: Type.Optional(Type.String()),
      actor: Type.Optional(Type.String({ maxLength: 255, description: 'name of the actor' })),
      action: Type.Optional(Type.String({ maxLength: 64, description: 'type of the event' })),
      object: Type.Optional(Type.String({ maxLength: 512, description: 'name of the object' })),
      outcome: Type.Optional(Type.Union([Type.Literal('success'), Type.Literal('failure')])),
      since: Type.Optional(Timestamp),
      until: Type.Optional(Timestamp),
      ...PAGE_PARAMETERS,
    }),
    response: listOf(AuditEntry),
  },
});
