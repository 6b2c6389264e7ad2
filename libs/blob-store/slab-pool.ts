/** Buffers of one size that are used again: memory that was touched once is cheaper than fresh memory. */
export interface SlabPool {
  readonly slabBytes: number;
  /** Its content is whatever was left in it. */
  take(): Uint8Array<ArrayBuffer>;
  give(slab: Uint8Array<ArrayBuffer>): void;
}

/** Takes are never refused; at most `keptSlabs` of those given back are kept. */
export function createSlabPool({ slabBytes, keptSlabs }: { slabBytes: number; keptSlabs: number }): SlabPool {
  const free: Uint8Array<ArrayBuffer>[] = [];
  return {
    slabBytes,
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(slabBytes),
    give(slab) {
      if (free.length < keptSlabs) free.push(slab);
    },
  };
}
