import { compileSchema, TOKEN_SERVICE, TokenClaims } from '@berth/contracts';
import { errors, type JWK, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { AccessError } from './access-error.ts';
import { createKeySource, type KeySourceOptions } from './key-source.ts';
import {
  hasAllowedLifetime,
  MAX_TOKEN_LIFETIME_SECONDS,
  TOKEN_ALGORITHM,
  TOKEN_LEEWAY_SECONDS,
} from './sign-token.ts';

/** Longer ones are not looked at. */
const MAX_TOKEN_LENGTH = 16_384;

const checkClaims = compileSchema(TokenClaims);

export interface TokenVerifier {
  /**
   * The claims of a token of this platform: ES256 by a published key, for `berth` from `berth`, within its time give or
   * take 60 s, of at most 12 h. AccessError TOKEN_INVALID, TOKEN_EXPIRED, KEY_UNKNOWN, KEYS_UNAVAILABLE.
   */
  verify(token: string): Promise<TokenClaims>;
  /** The same without waiting, for a token that was verified before and has not ended; else undefined. */
  verified(token: string): TokenClaims | undefined;
}

/**
 * Verifies registry tokens. `keys` gives the published JWKs; they are kept (see KeySource). Verified tokens are kept
 * until they end, the `maxCached` latest of them, so that on the hot path a token costs one Map look-up.
 */
export function createTokenVerifier(
  options: {
    readonly keys: () => Promise<readonly JWK[]>;
    readonly maxCached?: number;
  } & Omit<KeySourceOptions, 'fetch' | 'onWithdrawn'>,
): TokenVerifier {
  const { keys: fetch, maxCached = 10_000, clock } = options;
  const cache = new LRUCache<string, TokenClaims>({ max: maxCached });
  const keys = createKeySource({ ...options, fetch, onWithdrawn: () => cache.clear() });

  function verified(token: string): TokenClaims | undefined {
    const claims = cache.get(token);
    if (claims === undefined) return undefined;
    if (claims.exp + TOKEN_LEEWAY_SECONDS > clock() / 1000) return claims;
    cache.delete(token);
    return undefined;
  }

  async function verifyAnew(token: string): Promise<TokenClaims> {
    if (token.length > MAX_TOKEN_LENGTH) throw invalid(`is ${token.length} characters long`);
    let payload: unknown;
    try {
      const result = await jwtVerify(token, (header) => findKey(header.kid), {
        algorithms: [TOKEN_ALGORITHM],
        issuer: TOKEN_SERVICE,
        audience: TOKEN_SERVICE,
        typ: 'JWT',
        requiredClaims: ['exp', 'iat', 'nbf'],
        // Also refuses an `iat` in the future, which jose looks at only together with an age.
        maxTokenAge: MAX_TOKEN_LIFETIME_SECONDS,
        clockTolerance: TOKEN_LEEWAY_SECONDS,
        currentDate: new Date(clock()),
      });
      payload = result.payload;
    } catch (error) {
      throw asAccessError(error);
    }
    const checked = checkClaims(payload);
    if (!checked.ok) throw invalid('does not hold the claims of a registry token');
    if (!hasAllowedLifetime(checked.value)) throw invalid('lives longer than 12 hours');
    cache.set(token, checked.value);
    return checked.value;
  }

  function findKey(kid: string | undefined): ReturnType<typeof keys.find> {
    if (kid === undefined) throw invalid('names no key');
    return keys.find(kid);
  }

  return { verified, verify: async (token) => verified(token) ?? verifyAnew(token) };
}

function invalid(what: string, cause?: unknown): AccessError {
  return new AccessError('TOKEN_INVALID', `the token ${what}`, { cause });
}

function asAccessError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new AccessError('TOKEN_EXPIRED', 'the token has expired', { cause: error });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(`is not valid here or now: its ${error.claim} does not fit`, error);
  }
  return error instanceof errors.JOSEError ? invalid('is not one of this platform', error) : error;
}
