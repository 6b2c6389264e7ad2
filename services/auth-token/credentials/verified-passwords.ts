import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Which stored hash a password was found to fit, and whose. */
export interface VerifiedPassword {
  readonly userId: string;
  readonly passwordHash: string;
}

export interface VerifiedPasswords {
  /** Names the pair without telling it: what `find` and `remember` take. */
  keyOf(username: string, password: string): string;
  find(key: string): VerifiedPassword | undefined;
  remember(key: string, verified: VerifiedPassword): void;
}

/**
 * Spares a password that was just verified the next scrypt. It says nothing about the user: whoever finds an entry
 * reads the user and compares the hash, so that a change holds at once, also one that another copy made. Keys are HMACs
 * under a random key of this process.
 */
export function createVerifiedPasswords(options: {
  readonly clock: () => number;
  readonly lifetimeMs?: number;
  readonly maxEntries?: number;
}): VerifiedPasswords {
  const { clock, lifetimeMs = 30_000, maxEntries = 10_000 } = options;
  const secret = randomBytes(32);
  const entries = new LRUCache<string, VerifiedPassword & { readonly endsAt: number }>({ max: maxEntries });
  return {
    keyOf: (username, password) =>
      createHmac('sha256', secret).update(`${username.length}:${username}:${password}`).digest('base64'),
    find(key) {
      const entry = entries.get(key);
      if (entry === undefined || entry.endsAt > clock()) return entry;
      entries.delete(key);
      return undefined;
    },
    remember(key, verified) {
      entries.set(key, { ...verified, endsAt: clock() + lifetimeMs });
    },
  };
}
