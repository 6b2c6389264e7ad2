import { type CryptoKey, importJWK, type JWK } from 'jose';
import { AccessError } from './access-error.ts';
import { TOKEN_ALGORITHM } from './sign-token.ts';

export interface KeySourceOptions {
  /** The published keys (the `keys` of a JWK set). */
  readonly fetch: () => Promise<readonly JWK[]>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Unknown key ids ask again at most this often. Default 5 s. */
  readonly minIntervalMs?: number;
  /** Known keys are asked for again after this time, so that withdrawn ones go. Default 5 min. */
  readonly maxAgeMs?: number;
  /** Called when keys that were known are published no longer. */
  readonly onWithdrawn?: () => void;
}

export interface KeySource {
  /** AccessError KEY_UNKNOWN; KEYS_UNAVAILABLE when it is not known and the keys cannot be had now. */
  find(kid: string): Promise<CryptoKey>;
}

/**
 * Keeps published ES256 keys in memory. A known key costs a Map look-up, also while the publisher is away; an unknown
 * one asks once for all who wait, and not again within `minIntervalMs` after an answer.
 */
export function createKeySource(options: KeySourceOptions): KeySource {
  const { fetch, clock, minIntervalMs = 5_000, maxAgeMs = 300_000 } = options;
  let keys = new Map<string, CryptoKey>();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let refetch: Promise<void> | undefined;

  async function load(): Promise<void> {
    const published = await importKeys(await fetch());
    const isWithdrawn = [...keys.keys()].some((kid) => !published.has(kid));
    keys = published;
    fetchedAt = clock();
    if (isWithdrawn) options.onWithdrawn?.();
  }

  function refresh(): Promise<void> {
    refetch ??= load().finally(() => {
      refetch = undefined;
    });
    return refetch;
  }

  return {
    async find(kid) {
      const known = keys.get(kid);
      if (known !== undefined) {
        // Whoever holds a known key does not wait; a failed refresh is tried again by the next.
        if (clock() - fetchedAt > maxAgeMs) refresh().catch(() => {});
        return known;
      }
      if (refetch !== undefined || clock() - fetchedAt >= minIntervalMs) {
        await refresh().catch((cause: unknown) => {
          throw new AccessError(
            'KEYS_UNAVAILABLE',
            'the keys that tokens are signed with cannot be had now',
            {
              cause,
            },
          );
        });
      }
      const found = keys.get(kid);
      if (found === undefined)
        throw new AccessError('KEY_UNKNOWN', 'the token is signed by a key that is not published');
      return found;
    },
  };
}

/** Keys of another type or use are left out. */
async function importKeys(published: readonly JWK[]): Promise<Map<string, CryptoKey>> {
  const keys = new Map<string, CryptoKey>();
  for (const { kid, kty, crv, x, y } of published) {
    if (kid === undefined || kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) continue;
    const key = await importJWK({ kty, crv, x, y }, TOKEN_ALGORITHM);
    if (!(key instanceof Uint8Array)) keys.set(kid, key);
  }
  return keys;
}
