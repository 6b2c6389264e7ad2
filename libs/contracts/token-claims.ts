import { type Static, Type } from '@sinclair/typebox';
import { Principal } from './principal.ts';
import { Scope } from './scope.ts';

/** Issuer, audience and token `service` are always this (a registry token is good here and nowhere else). */
export const TOKEN_SERVICE = 'berth';

const EpochSeconds = Type.Integer({ minimum: 0 });

/** The claims of a registry token (RFC 7519; `access` by the Docker token specification). Times in seconds. */
export const TokenClaims = Type.Object({
  iss: Type.Literal(TOKEN_SERVICE),
  aud: Type.Literal(TOKEN_SERVICE),
  sub: Type.String({ maxLength: 255 }),
  iat: EpochSeconds,
  nbf: EpochSeconds,
  exp: EpochSeconds,
  jti: Type.String({ maxLength: 64 }),
  access: Type.Array(Scope, { maxItems: 64 }),
  principal: Principal,
});
export type TokenClaims = Static<typeof TokenClaims>;
