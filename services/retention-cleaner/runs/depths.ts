import type { Decision } from '../evaluate/decision.ts';

/** How many indexes stand above each artifact that goes: what is named goes after what names it. */
export function depthsOf(decisions: readonly Decision[]): ReadonlyMap<string, number> {
  const depths = new Map(
    decisions.filter(({ isKept }) => !isKept).map(({ candidate }) => [candidate.digest, 0]),
  );
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const { candidate } of decisions) {
      const depth = depths.get(candidate.digest);
      if (depth === undefined) continue;
      const above = Math.max(-1, ...candidate.parents.map((parent) => depths.get(parent) ?? -1));
      // Digests name content, so that none can be above itself; the bound is for facts that say otherwise.
      if (above < depth || above >= decisions.length) continue;
      depths.set(candidate.digest, above + 1);
      isChanged = true;
    }
  }
  return depths;
}
