import { StoreError } from '../store-error.ts';
import { failureOf } from './mongo-failure.ts';

const LONGEST_END_MS = 4_000;

/** What uses the database, until it is closed. */
export interface Use {
  /** Runs it, with errors in the words of the port. StoreError UNAVAILABLE once the end has begun. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Lets nothing new begin, waits a few seconds for what has begun, then closes. The same promise for every call. */
  end(close: () => Promise<void>): Promise<void>;
}

export function createUse(place: string): Use {
  const underWay = new Set<Promise<unknown>>();
  let ending: Promise<void> | undefined;
  return {
    async run(work) {
      if (ending !== undefined) throw new StoreError('UNAVAILABLE', `${place} is closed`);
      const working = work();
      underWay.add(working);
      try {
        return await working;
      } catch (error) {
        throw failureOf(error, place);
      } finally {
        underWay.delete(working);
      }
    },
    end(close) {
      ending ??= settled(underWay).then(close);
      return ending;
    },
  };
}

/** Resolves when all have ended, or after a while: what a server holds up must not hold up the end. */
async function settled(works: Iterable<Promise<unknown>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LONGEST_END_MS);
  });
  await Promise.race([Promise.allSettled(works), late]);
  clearTimeout(timer);
}
