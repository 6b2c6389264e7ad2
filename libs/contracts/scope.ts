import { type Static, Type } from '@sinclair/typebox';

/** One entry of a token's `access` claim (Docker token specification): `repository:acme/web:pull,push`. */
export const Scope = Type.Object({
  type: Type.String({ maxLength: 64 }),
  name: Type.String({ maxLength: 512 }),
  actions: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 }),
});
export type Scope = Static<typeof Scope>;

export const Role = Type.Union([
  Type.Literal('admin'),
  Type.Literal('maintainer'),
  Type.Literal('developer'),
  Type.Literal('uploader'),
  Type.Literal('viewer'),
]);
export type Role = Static<typeof Role>;

/** What a caller shows to prove who they are. */
export const Credential = Type.Union([
  Type.Object({
    kind: Type.Literal('basic'),
    username: Type.String({ maxLength: 255 }),
    password: Type.String({ maxLength: 4096 }),
  }),
  Type.Object({ kind: Type.Literal('session'), token: Type.String({ maxLength: 8192 }) }),
]);
export type Credential = Static<typeof Credential>;
