import { StoreError } from '../store-error.ts';
import { OPERATION_TIMEOUT_MS } from './connection.ts';

/**
 * Does something once that must be done before a collection is used, and lets its users wait for it, though not for
 * long. What failed is tried again by the next user.
 */
export function createPreparing(
  prepare: () => Promise<void>,
  { what, warn }: { what: string; warn: (reason: unknown) => void },
): () => Promise<void> | undefined {
  let isDone = false;
  let underWay: Promise<void> | undefined;
  return () => {
    if (isDone) return undefined;
    if (underWay === undefined) {
      underWay = prepare()
        .then(() => {
          isDone = true;
        })
        .finally(() => {
          underWay = undefined;
        });
      underWay.catch(warn);
    }
    return withinTime(underWay, what);
  };
}

async function withinTime(work: Promise<void>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new StoreError('UNAVAILABLE', `${what} are still being made`)),
      OPERATION_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
