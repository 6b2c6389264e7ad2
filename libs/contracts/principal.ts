import { type Static, Type } from '@sinclair/typebox';

export const PrincipalKind = Type.Union([
  Type.Literal('user'),
  Type.Literal('key'),
  Type.Literal('robot'),
  Type.Literal('anonymous'),
  Type.Literal('service'),
]);
export type PrincipalKind = Static<typeof PrincipalKind>;

/** Who did something, as events, the audit log and `createdBy` name them. */
export const Actor = Type.Object({
  id: Type.String({ maxLength: 255 }),
  kind: PrincipalKind,
  name: Type.String({ maxLength: 255 }),
});
export type Actor = Static<typeof Actor>;

/** Who asks, as auth-token vouches for them. */
export const Principal = Type.Object({
  id: Type.String({ maxLength: 255 }),
  kind: PrincipalKind,
  name: Type.String({ maxLength: 255 }),
  isAdmin: Type.Boolean(),
});
export type Principal = Static<typeof Principal>;

export const ANONYMOUS: Principal = { id: 'anonymous', kind: 'anonymous', name: 'anonymous', isAdmin: false };

/** The client's IP address, where there is one. */
export const ClientAddress = Type.String({ maxLength: 64 });

/** By which door a change came. */
export const Via = Type.Union([
  Type.Literal('docker'),
  Type.Literal('api'),
  Type.Literal('cleanup'),
  Type.Literal('replication'),
]);
export type Via = Static<typeof Via>;
