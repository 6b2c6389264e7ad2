import { writePastConflicts } from '@berth/document-store';
import type { Facts } from '../facts.ts';

const BATCH = 100;

/** Forgets what can be restored no more; the review of its links is due at that time anyway. Any copy may do it. Returns how many. */
export async function emptyBin(facts: Facts): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const { items, next } = await facts.deletedArtifacts.page({
      index: 'byEnd',
      range: { lte: facts.clock() },
      limit: BATCH,
    });
    const removals = items.map((deleted) => facts.deletedArtifacts.write.remove(deleted, { relaxed: true }));
    forgotten += (await writePastConflicts(facts, removals)).length;
    if (next === null) return forgotten;
  }
}
