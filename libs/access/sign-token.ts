import type { Principal, Scope, TokenClaims } from '@berth/contracts';
import { TOKEN_SERVICE } from '@berth/contracts';
import { type CryptoKey, SignJWT } from 'jose';
import { AccessError } from './access-error.ts';

export const TOKEN_ALGORITHM = 'ES256';
export const MAX_TOKEN_LIFETIME_SECONDS = 12 * 60 * 60;
/** Clocks may differ by this much between who signs and who verifies. */
export const TOKEN_LEEWAY_SECONDS = 60;

export interface TokenSigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** The claims of a token for a principal from `issuedAt` (epoch seconds) on. */
export function tokenClaims(token: {
  readonly id: string;
  readonly principal: Principal;
  readonly access: readonly Scope[];
  readonly issuedAt: number;
  readonly lifetimeSeconds: number;
}): TokenClaims {
  return {
    iss: TOKEN_SERVICE,
    aud: TOKEN_SERVICE,
    sub: token.principal.name,
    iat: token.issuedAt,
    nbf: token.issuedAt,
    exp: token.issuedAt + token.lifetimeSeconds,
    jti: token.id,
    access: [...token.access],
    principal: token.principal,
  };
}

/** A signed JWT (ES256, RFC 7515 compact form). AccessError LIFETIME_INVALID beyond 12 h, or when it ends before it begins. */
export async function signToken(options: {
  readonly claims: TokenClaims;
  readonly key: TokenSigningKey;
}): Promise<string> {
  const { claims, key } = options;
  if (!hasAllowedLifetime(claims)) {
    throw new AccessError(
      'LIFETIME_INVALID',
      `a token may live between 1 and ${MAX_TOKEN_LIFETIME_SECONDS} seconds, not ${claims.exp - claims.iat}`,
    );
  }
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: key.kid, typ: 'JWT' })
    .sign(key.privateKey);
}

export function hasAllowedLifetime(claims: Pick<TokenClaims, 'iat' | 'exp'>): boolean {
  const seconds = claims.exp - claims.iat;
  return seconds >= 1 && seconds <= MAX_TOKEN_LIFETIME_SECONDS;
}
