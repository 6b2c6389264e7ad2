import { signToken, tokenClaims } from '@berth/access';
import type { Principal, Scope } from '@berth/contracts';
import type { Clock } from '@berth/runtime';
import type { KeyRing } from '../signing-keys/key-ring.ts';

export interface TokenIssuer {
  issue(principal: Principal, access: readonly Scope[]): Promise<IssuedToken>;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** RFC 3339, UTC, whole seconds. */
  readonly issuedAt: string;
}

/** Signs registry tokens for exactly the access that was granted. */
export function createTokenIssuer(parts: {
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly lifetimeMs: number;
}): TokenIssuer {
  const { keys, clock, newId } = parts;
  const lifetimeSeconds = Math.floor(parts.lifetimeMs / 1_000);
  return {
    async issue(principal, access) {
      const issuedAt = Math.floor(clock() / 1_000);
      const claims = tokenClaims({ id: newId(), principal, access, issuedAt, lifetimeSeconds });
      return {
        token: await signToken({ claims, key: keys.current() }),
        expiresInSeconds: lifetimeSeconds,
        issuedAt: new Date(issuedAt * 1_000).toISOString(),
      };
    },
  };
}
