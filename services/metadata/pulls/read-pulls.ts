import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';

/** How an artifact is used. */
export interface Pulls {
  readonly count: number;
  /** Epoch milliseconds; undefined for never. */
  readonly lastPulledAt: number | undefined;
}

/** Of one index, as many of what it names are looked at. */
const CHILDREN_AT_MOST = 1_000;

/**
 * The pulls of artifacts, in their order. A pull of a platform's manifest is a use of every index that holds it: that costs a pull nothing, since
 * it is looked up here.
 */
export async function readPulls(
  facts: Facts,
  artifacts: readonly Pick<Artifact & { id: string }, 'id' | 'kind' | 'references'>[],
): Promise<Pulls[]> {
  const idsOf = artifacts.map(({ id, kind, references }) => [
    id,
    ...(kind === 'index' ? references.slice(0, CHILDREN_AT_MOST) : []),
  ]);
  const statistics = await facts.pullStatistics.getMany(idsOf.flat());
  let start = 0;
  return idsOf.map(({ length }) => {
    const own = statistics.slice(start, start + length);
    start += length;
    const times = own.flatMap((one) => one?.lastPulledAt ?? []);
    return {
      count: own[0]?.pullCount ?? 0,
      lastPulledAt: times.length === 0 ? undefined : times.reduce((latest, time) => Math.max(latest, time)),
    };
  });
}
