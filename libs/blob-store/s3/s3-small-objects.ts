import { LRUCache } from 'lru-cache';

/** The configuration of an image, a signature: to be sent elsewhere for it takes longer than to be given it. */
export const SMALL_BYTES = 32 * 1024;
const HELD_BYTES = 16 * 1024 * 1024;

/** Small objects by their key, as they were written or read last: no key is ever written anew with other bytes of the same length. */
export interface SmallObjects {
  /** Holds a copy of bytes that are small and stored. */
  hold(key: string, bytes: Uint8Array): void;
  /** What is held, else what S3 has; those who come together wait for the same answer. */
  get(key: string, sizeBytes: number): Promise<Uint8Array>;
  drop(key: string): void;
}

export function createSmallObjects(readObject: (key: string) => Promise<Uint8Array>): SmallObjects {
  const held = new LRUCache<string, Uint8Array>({
    maxSize: HELD_BYTES,
    sizeCalculation: (bytes, key) => bytes.byteLength + 2 * key.length + 1,
    fetchMethod: readObject,
    ignoreFetchAbort: true,
  });
  return {
    hold(key, bytes) {
      if (bytes.byteLength <= SMALL_BYTES) held.set(key, Buffer.from(bytes));
    },
    async get(key, sizeBytes) {
      const known = held.get(key);
      if (known?.byteLength === sizeBytes) return known;
      if (known !== undefined) held.delete(key);
      return await held.forceFetch(key);
    },
    drop: (key) => {
      held.delete(key);
    },
  };
}
