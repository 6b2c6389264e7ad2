import type { FoundManifest } from '../artifacts/find-manifest.ts';
import type { Facts } from '../facts.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const MAX_WAITING = 10_000;

/** Notes that manifests were read; the reader never waits for it. */
export interface PullRecorder {
  /** `get` counts and moves `lastPulledAt` of tag and artifact; `head` only moves it. */
  record(found: FoundManifest, purpose: 'get' | 'head'): void;
  /** Writes what was folded so far. */
  flush(): Promise<void>;
}

/**
 * Folds pulls in memory and writes them as increments. The first pull of something not pulled for over a day is
 * written at once, so that cleanup never takes it for unused; the rest may wait for the next flush.
 */
export function createPullRecorder(facts: Facts): PullRecorder {
  let waiting = new Map<string, { pulls: number; lastPulledAt: number; isArtifact: boolean }>();
  /** When each id was last written, so that the hot path needs no look-up. */
  const written = new Map<string, number>();

  function record(found: FoundManifest, purpose: 'get' | 'head'): void {
    const now = facts.clock();
    fold(found.artifact.id, { purpose, now, isArtifact: true });
    if (found.tagId !== undefined) fold(found.tagId, { purpose, now, isArtifact: false });
    const isDue = now - (written.get(found.artifact.id) ?? 0) > DAY_MS;
    if (isDue || waiting.size > MAX_WAITING) {
      written.set(found.artifact.id, now);
      flush().catch((error: unknown) => facts.logger.warn('pulls not recorded', { error }));
    }
  }

  function fold(id: string, pull: { purpose: 'get' | 'head'; now: number; isArtifact: boolean }): void {
    const entry = waiting.get(id);
    const pulls = pull.purpose === 'get' ? 1 : 0;
    if (entry) {
      entry.pulls += pulls;
      entry.lastPulledAt = pull.now;
    } else {
      waiting.set(id, { pulls, lastPulledAt: pull.now, isArtifact: pull.isArtifact });
    }
  }

  async function flush(): Promise<void> {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    if (written.size > 10 * MAX_WAITING) written.clear();
    const writes = [];
    for (const [id, { pulls, lastPulledAt, isArtifact }] of batch) {
      writes.push(facts.pullStatistics.write.increment(id, { pullCount: pulls }, { lastPulledAt }));
      if (isArtifact)
        for (const parent of await parentsOf(facts, id)) {
          writes.push(facts.pullStatistics.write.increment(parent, {}, { lastPulledAt }));
        }
    }
    await facts.store.writeMany(writes);
  }

  return { record, flush };
}

/** A pull of a platform's manifest is a use of the indexes that hold it. */
async function parentsOf(facts: Facts, artifactId: string): Promise<string[]> {
  const page = await facts.artifacts.page({
    index: 'byReference',
    equals: { references: artifactId },
    limit: 20,
  });
  return page.items.map(({ id }) => id);
}
