import type { BlobFacts } from '@berth/contracts';
import { LRUCache } from 'lru-cache';

/** How long it counts where a blob is, from when that was asked. */
const KEPT_MS = 1_000;
/** A manifest that is read again after so long brings its blobs anew, so that a pull that begins now has time to come for them. */
const FRESH_MS = 500;
const MANIFESTS_AT_MOST = 5_000;
const BLOBS_AT_MOST = 20_000;

/**
 * Where the blobs of manifests are that were read just now: whoever pulls an image comes for them next, and they need not be asked of
 * metadata one by one. Right for a second, as an answer of metadata is that is on its way for so long: an artifact that is live keeps
 * its blobs, and the sweep deletes no bytes before the end of its quarantine. What is taken away otherwise is signalled, and forgotten.
 */
export interface PulledBlobs {
  /** Begins to ask for a manifest; null where its blobs came just now, and need not come again. */
  ask(repository: string, reference: string): Asking | null;
  find(repository: string, digest: string): BlobFacts | undefined;
  /** Also what is being asked for is not kept. */
  forget(): void;
}

export interface Asking {
  keep(blobs: readonly BlobFacts[]): void;
}

/** `now` counts milliseconds, from wherever. */
export function createPulledBlobs(now: () => number = () => performance.now()): PulledBlobs {
  const common = { perf: { now }, ttlResolution: 0 };
  const manifests = new LRUCache<string, true>({ max: MANIFESTS_AT_MOST, ttl: FRESH_MS, ...common });
  const blobs = new LRUCache<string, BlobFacts>({ max: BLOBS_AT_MOST, ttl: KEPT_MS, ...common });
  let generation = 0;
  return {
    ask(repository, reference) {
      const manifest = `${repository} ${reference}`;
      if (manifests.has(manifest)) return null;
      const askedIn = generation;
      const start = now();
      return {
        keep(found) {
          if (askedIn !== generation) return;
          manifests.set(manifest, true, { start });
          for (const blob of found) blobs.set(`${repository} ${blob.digest}`, blob, { start });
        },
      };
    },
    find: (repository, digest) => blobs.get(`${repository} ${digest}`),
    forget() {
      generation += 1;
      manifests.clear();
      blobs.clear();
    },
  };
}
