import type { Write } from '@berth/document-store';
import type { Facts } from '../facts.ts';

/** The pulls of one tag, artifact or image since they were written last. */
export interface Pulled {
  readonly kind: 'tag' | 'artifact' | 'image';
  count: number;
  /** Epoch milliseconds. */
  lastPulledAt: number;
}

/** The increments of what was pulled. Nothing for what is gone by now: its statistic went with it. */
export async function pullWrites(
  facts: Facts,
  pulls: readonly (readonly [id: string, pulled: Pulled])[],
): Promise<Write[]> {
  const idsOf = (kind: Pulled['kind']) => pulls.flatMap(([id, pulled]) => (pulled.kind === kind ? [id] : []));
  const found = await Promise.all([
    facts.tags.existing(idsOf('tag')),
    facts.images.existing(idsOf('image')),
    facts.artifacts.existing(idsOf('artifact')),
  ]);
  return pulls.flatMap(([id, { count, lastPulledAt }]) =>
    found.some((there) => there.has(id))
      ? [facts.pullStatistics.write.increment(id, { pullCount: count }, { lastPulledAt })]
      : [],
  );
}
