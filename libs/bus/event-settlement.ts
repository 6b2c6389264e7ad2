/** Gathers what was handled until it is settled together. */
export interface Settlement<T> {
  add(item: T): void;
  /** What was added and is not settled yet, also while that is under way. */
  readonly waiting: ReadonlySet<T>;
  /** Settles what waits without further delay; resolves when nothing waits. */
  finish(): Promise<void>;
}

/**
 * Calls `settle` with all that was added since the call before: `afterMs` after the first of them, or as soon as there are
 * `most`. One call at a time; a rejection of `settle` is the caller's to prevent.
 */
export function createSettlement<T>(options: {
  readonly settle: (batch: readonly T[]) => Promise<void>;
  readonly afterMs: number;
  readonly most: number;
}): Settlement<T> {
  const { settle, afterMs, most } = options;
  const waiting = new Set<T>();
  let gathered: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  let isFinishing = false;

  function schedule(): void {
    if (underWay !== undefined || gathered.length === 0) return;
    if (isFinishing || gathered.length >= most) begin();
    else timer ??= setTimeout(begin, afterMs);
  }

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = gathered;
    gathered = [];
    underWay = settle(batch).finally(() => {
      for (const item of batch) waiting.delete(item);
      underWay = undefined;
      schedule();
    });
  }

  return {
    waiting,
    add(item) {
      waiting.add(item);
      gathered.push(item);
      schedule();
    },
    async finish() {
      isFinishing = true;
      schedule();
      while (underWay !== undefined) await underWay;
    },
  };
}
