import { LRUCache } from 'lru-cache';
import type { Facts } from '../facts.ts';

/** When accounts and keys were last used: approximate, since written at most once an hour each by each copy. */
export interface LastUses {
  /** Never fails and never waits for the disk. */
  note(id: string): Promise<void>;
  /** RFC 3339, in the order of the ids; null for what was never used. */
  read(ids: readonly string[]): Promise<(string | null)[]>;
}

const WRITE_AGAIN_MS = 3_600_000;

export function createLastUses(facts: Pick<Facts, 'lastUses' | 'clock' | 'logger'>): LastUses {
  const { lastUses, clock, logger } = facts;
  const written = new LRUCache<string, number>({ max: 50_000 });
  return {
    async note(id) {
      const now = clock();
      if (now - (written.get(id) ?? Number.NEGATIVE_INFINITY) < WRITE_AGAIN_MS) return;
      written.set(id, now);
      try {
        await lastUses.increment(id, {}, { at: now });
      } catch (error) {
        written.delete(id);
        logger.warn('last use not written', { id, error });
      }
    },
    async read(ids) {
      const uses = await lastUses.getMany(ids);
      return uses.map((use) => (use?.at === undefined ? null : new Date(use.at).toISOString()));
    },
  };
}
