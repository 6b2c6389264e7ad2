import type { Digest } from '@berth/oci';

/** What one copy of the replicator knows of blobs at destinations, so that none is sent twice. */
export interface BlobPlaces {
  /** Does `work` while nobody else here does it under that key, which is waited for. Rejects with the reason of `signal`. */
  alone<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** A repository of the registry that had the blob. */
  find(origin: string, digest: Digest): string | undefined;
  note(origin: string, digest: Digest, repository: string): void;
}

const MAX_PLACES = 10_000;

export function createBlobPlaces(): BlobPlaces {
  const underWay = new Map<string, Promise<unknown>>();
  const places = new Map<string, string>();
  return {
    async alone(key, signal, work) {
      for (let other = underWay.get(key); other !== undefined; other = underWay.get(key)) {
        await unlessAborted(other, signal);
      }
      const working = work();
      const settled = working.then(
        () => underWay.delete(key),
        () => underWay.delete(key),
      );
      underWay.set(key, settled);
      return await working;
    },
    find: (origin, digest) => places.get(`${origin} ${digest}`),
    note(origin, digest, repository) {
      const [oldest] = places.keys();
      if (places.size >= MAX_PLACES && oldest !== undefined) places.delete(oldest);
      places.set(`${origin} ${digest}`, repository);
    },
  };
}

async function unlessAborted(other: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([other, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
