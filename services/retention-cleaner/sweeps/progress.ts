import type { SweepProgress } from '@berth/contracts';

/** Nothing done yet. */
export const NOTHING_DONE: SweepProgress = {
  links: { removed: 0, kept: { named: 0, recent: 0, inRecycleBin: 0, changed: 0 } },
  blobs: { condemned: 0, removed: 0, removedBytes: 0, kept: { linked: 0, changed: 0 } },
  uploads: { abandoned: 0, unnamed: 0, kept: { named: 0, changed: 0 } },
  keys: { deleted: 0, failed: 0, freedBytes: 0 },
  unfinishedWrites: { discarded: 0, kept: 0 },
};

type Tree = { readonly [name: string]: number | Tree };
type Partly<T> = { readonly [K in keyof T]?: T[K] extends number ? number : Partly<T[K]> };

/** What a step adds. */
export type Gain = Partly<SweepProgress>;

/** The sum of both, count by count. */
export function withGain(progress: SweepProgress, gain: Gain): SweepProgress {
  return sum(progress, gain as Tree) as SweepProgress;
}

function sum(tree: Tree, gain: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => {
      const more = gain[name];
      if (typeof value === 'number') return [name, value + (typeof more === 'number' ? more : 0)];
      return [name, sum(value, typeof more === 'object' ? more : {})];
    }),
  );
}
