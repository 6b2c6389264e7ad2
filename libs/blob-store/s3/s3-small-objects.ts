import { LRUCache } from 'lru-cache';

/** The configuration of an image, a signature: to be sent elsewhere for it takes longer than to be given it. */
export const SMALL_BYTES = 32 * 1024;
const HELD_BYTES = 16 * 1024 * 1024;
/** What an entry takes besides its bytes and its key, about. */
const ENTRY_BYTES = 512;
/** So that an object which was mended in its bucket is read again some time. */
const HELD_MS = 5 * 60 * 1_000;

/** Small objects by their key, as they were written or read last: no key is ever written anew with other bytes of the same length. */
export interface SmallObjects {
  /** Holds a copy of bytes that are small and stored. */
  hold(key: string, bytes: Uint8Array): void;
  /** What is held, else what S3 has, in a promise; those who come together wait for the same answer. */
  get(key: string, sizeBytes: number): Uint8Array | Promise<Uint8Array>;
  drop(key: string): void;
}

/** `readObject` reads at most so many bytes, and rejects where there are more. */
export function createSmallObjects(
  readObject: (key: string, options: { readonly atMost: number }) => Promise<Uint8Array>,
): SmallObjects {
  const held = new LRUCache<string, Uint8Array>({
    maxSize: HELD_BYTES,
    sizeCalculation: (bytes, key) => bytes.byteLength + 2 * key.length + ENTRY_BYTES,
    ttl: HELD_MS,
    fetchMethod: async (key) => copyOf(await readObject(key, { atMost: SMALL_BYTES })),
    ignoreFetchAbort: true,
  });
  return {
    hold(key, bytes) {
      if (bytes.byteLength <= SMALL_BYTES) held.set(key, copyOf(bytes));
    },
    get(key, sizeBytes) {
      const known = held.get(key);
      if (known?.byteLength === sizeBytes) return known;
      if (known !== undefined) held.delete(key);
      return held.forceFetch(key);
    },
    drop: (key) => {
      held.delete(key);
    },
  };
}

/** In memory of its own: a few bytes of a shared slab would hold all of it. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
