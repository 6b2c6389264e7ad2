import { writePastConflicts } from '@berth/document-store';
import type { Facts } from '../facts.ts';

/** Removes the pull statistics of what is gone: a later one of the same name begins anew. Costs no write where there are none. */
export async function forgetPulls(facts: Facts, ids: readonly string[]): Promise<void> {
  const statistics = await facts.pullStatistics.getMany(ids);
  await writePastConflicts(
    facts,
    statistics.flatMap((one) => (one ? [facts.pullStatistics.write.remove(one, { relaxed: true })] : [])),
  );
}
