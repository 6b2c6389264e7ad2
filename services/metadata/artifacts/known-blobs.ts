import type { BlobFacts } from '@berth/contracts';
import { LRUCache } from 'lru-cache';
import type { Artifact } from '../documents/artifact.ts';
import type { Facts } from '../facts.ts';
import { blobDigestsOf, readBlobs } from './blobs-of-artifact.ts';

const KEPT_AT_MOST_MS = 30_000;
/** For so long those who are told where a blob is go on counting on it. */
const TOLD_MS = 1_000;
const BLOBS_AT_MOST = 20_000;

/**
 * Where the blobs of artifacts are that were seen live just now. From then on that is right for as long as the quarantine of the sweep, also
 * when the artifact goes at once: the sweep removes no blob that was needed before that is over. So it is kept for that time less the second
 * for which readers keep it, and for half a minute at most. What is taken away otherwise, by a repair, is signalled, and forgotten.
 */
export interface KnownBlobs {
  /** Of an artifact that was live at some moment since `seenAt`, by `now`. It never rejects: what cannot be told is left out. */
  of(
    artifact: Pick<Artifact, 'bytes' | 'kind' | 'mediaType'> & { readonly id: string },
    seenAt: number,
  ): Promise<readonly BlobFacts[]>;
  /** Also what is being read is not kept. */
  forget(): void;
  /** Milliseconds, from wherever. */
  readonly now: () => number;
}

export function createKnownBlobs(facts: Facts, now: () => number = () => performance.now()): KnownBlobs {
  const keptMs = Math.min(KEPT_AT_MOST_MS, facts.settings.sweepQuarantineMs - TOLD_MS);
  const known = new LRUCache<string, readonly BlobFacts[]>({
    maxSize: BLOBS_AT_MOST,
    sizeCalculation: (blobs) => blobs.length + 1,
    ...{ ttl: Math.max(keptMs, 1), ttlResolution: 0, perf: { now } },
  });
  let generation = 0;

  return {
    now,
    async of(artifact, seenAt) {
      const kept = known.get(artifact.id);
      if (kept !== undefined) return kept;
      const readIn = generation;
      const digests = blobDigestsOf(facts, artifact);
      const blobs = await readBlobs(facts, digests);
      const isWhole = blobs.length === digests.length;
      if (keptMs > 0 && isWhole && readIn === generation) known.set(artifact.id, blobs, { start: seenAt });
      return blobs;
    },
    forget() {
      generation += 1;
      known.clear();
    },
  };
}
