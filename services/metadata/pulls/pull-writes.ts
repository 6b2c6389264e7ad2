import type { Page, Write } from '@berth/document-store';
import type { ListedArtifact } from '../artifacts/find-referrer.ts';
import { readListed } from '../artifacts/read-listed.ts';
import type { Facts } from '../facts.ts';

/** The pulls of one tag, artifact or image since they were written last. */
export interface Pulled {
  readonly kind: 'tag' | 'artifact' | 'image';
  count: number;
  /** Epoch milliseconds. */
  lastPulledAt: number;
}

const PARENTS_AT_MOST = 20;

/**
 * The increments of what was pulled. Nothing for what is gone by now: its statistic went with it. A pull of a platform's
 * manifest is a use of the indexes that hold it, the first twenty of them.
 */
export async function pullWrites(
  facts: Facts,
  pulls: readonly (readonly [id: string, pulled: Pulled])[],
): Promise<Write[]> {
  const { increment } = facts.pullStatistics.write;
  const writes: Write[] = [];
  for (const [id, { kind, count, lastPulledAt }] of pulls) {
    if (!(await isThere(facts, kind, id))) continue;
    writes.push(increment(id, { pullCount: count }, { lastPulledAt }));
    if (kind !== 'artifact') continue;
    for await (const parent of parentsOf(facts, id)) writes.push(increment(parent, {}, { lastPulledAt }));
  }
  return writes;
}

async function isThere(facts: Facts, kind: Pulled['kind'], id: string): Promise<boolean> {
  if (kind === 'tag') return (await facts.tags.get(id)) !== null;
  if (kind === 'image') return (await facts.images.get(id)) !== null;
  return (await readListed(facts, id)) !== null;
}

/** One at a time: an index may name thousands. */
async function* parentsOf(facts: Facts, artifactId: string): AsyncGenerator<string> {
  let after: string | null = null;
  for (let found = 0; found < PARENTS_AT_MOST; found++) {
    const page: Page<ListedArtifact> = await facts.artifacts.page({
      index: 'byReference',
      equals: { references: artifactId },
      limit: 1,
      ...(after === null ? {} : { after }),
    });
    for (const { id } of page.items) yield id;
    after = page.next;
    if (after === null) return;
  }
}
