/** Bytes that may be in use at once; whoever asks for more waits in line. */
export interface ByteBudget {
  /** Resolves with what gives them back. More than the whole budget is given when nothing else is in use. */
  take(sizeBytes: number): Promise<() => void>;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  let usedBytes = 0;
  const waiting: { readonly sizeBytes: number; readonly start: () => void }[] = [];

  function startNext(): void {
    for (let next = waiting[0]; next !== undefined && fits(next.sizeBytes); next = waiting[0]) {
      waiting.shift();
      usedBytes += next.sizeBytes;
      next.start();
    }
  }

  function fits(sizeBytes: number): boolean {
    return usedBytes === 0 || usedBytes + sizeBytes <= limitBytes;
  }

  return {
    async take(sizeBytes) {
      await new Promise<void>((start) => {
        waiting.push({ sizeBytes, start });
        startNext();
      });
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        usedBytes -= sizeBytes;
        startNext();
      };
    },
  };
}
