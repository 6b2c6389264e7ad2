import { ServiceError } from '@berth/contracts';

export interface WorkQueue {
  /** ServiceError TOO_MANY_REQUESTS (detail {retryAfterSeconds}) when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Runs at most `maxConcurrent` pieces of work at once; at most `maxWaiting` wait, first come, first served. */
export function createWorkQueue(limits: {
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
}): WorkQueue {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function enter(): Promise<void> {
    if (running < limits.maxConcurrent) {
      running++;
      return;
    }
    if (waiting.length >= limits.maxWaiting) {
      throw new ServiceError('TOO_MANY_REQUESTS', `${waiting.length} are waiting already; try again`, {
        detail: { retryAfterSeconds: 1 },
      });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** Hands the place on, so that nobody who comes just now overtakes those who wait. */
  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }

  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
