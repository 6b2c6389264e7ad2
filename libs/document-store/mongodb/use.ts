import { StoreError } from '../store-error.ts';
import { failureOf } from './mongo-failure.ts';

/** What uses the database, until it is closed. */
export interface Use {
  /** Runs it, with errors in the words of the port. StoreError UNAVAILABLE once the end has begun. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Lets nothing new begin, waits for what has begun, then closes. The same promise for every call. */
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
      ending ??= Promise.allSettled(underWay).then(close);
      return ending;
    },
  };
}
