import { Type } from '@sinclair/typebox';
import { defineRpc } from './define-rpc.ts';
import { ClientAddress, Principal } from './principal.ts';
import { Credential, Role, Scope } from './scope.ts';

const Address = Type.Optional(ClientAddress);

/** Who is this? UNAUTHORIZED for wrong credentials, TOO_MANY_REQUESTS (detail {retryAfterSeconds}) after too many of them. */
export const authenticate = defineRpc({
  service: 'auth-token',
  method: 'authenticate',
  isRead: true,
  request: Type.Object({ credential: Credential, address: Address }),
  response: Type.Object({ principal: Principal }),
});

/** The roles a principal holds for one registry (by id), or for the system when none is named. */
export const effectiveRoles = defineRpc({
  service: 'auth-token',
  method: 'effectiveRoles',
  isRead: true,
  request: Type.Object({ principal: Principal, registryId: Type.Optional(Type.String({ maxLength: 255 })) }),
  response: Type.Object({ roles: Type.Array(Role) }),
});

/**
 * What of these scopes does the caller hold? For `/v2` requests that come with Basic, or with nothing:
 * without a credential the answer is what the public may. Scopes that are not held are left out.
 */
export const grantScopes = defineRpc({
  service: 'auth-token',
  method: 'grantScopes',
  isRead: true,
  request: Type.Object({
    credential: Type.Optional(Credential),
    scopes: Type.Array(Scope, { maxItems: 64 }),
    address: Address,
  }),
  response: Type.Object({ principal: Principal, access: Type.Array(Scope) }),
});

/** The registries a principal may list. `all` for the system administrator; else ids, public registries not included. */
export const visibleRegistries = defineRpc({
  service: 'auth-token',
  method: 'visibleRegistries',
  isRead: true,
  request: Type.Object({ principal: Principal }),
  response: Type.Object({ all: Type.Boolean(), registryIds: Type.Array(Type.String()) }),
});

/**
 * A token for the work of a service on repositories, without a person behind it: its principal is of kind `service`. What it pulls
 * does not count as pulled, what it pushes comes by `replication`.
 */
export const issueServiceToken = defineRpc({
  service: 'auth-token',
  method: 'issueServiceToken',
  isRead: true,
  request: Type.Object({
    forService: Type.Literal('replicator'),
    scopes: Type.Array(Scope, { minItems: 1, maxItems: 64 }),
  }),
  response: Type.Object({ token: Type.String(), expiresInSeconds: Type.Integer() }),
});

/** The public keys (JWK, RFC 7517) that tokens are verified with, also those of keys that no longer sign. */
export const signingKeys = defineRpc({
  service: 'auth-token',
  method: 'signingKeys',
  isRead: true,
  request: Type.Object({}),
  response: Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
});
