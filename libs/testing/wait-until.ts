import { setTimeout as pause } from 'node:timers/promises';

/**
 * Resolves with what `check` gives once that is neither false, null nor undefined; asks again every 10 ms. A check that
 * throws counts as not yet. Rejects after `timeoutMs` (default 60,000: nothing is judged by its time, and machines may be busy) with the last error as its cause.
 */
export async function waitUntil<T>(
  check: () => T | Promise<T>,
  options: { readonly timeoutMs?: number; readonly what?: string } = {},
): Promise<NonNullable<T>> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const until = Date.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await pause(10);
  } while (Date.now() < until);
  throw new Error(`${options.what ?? 'what was waited for'} did not come within ${timeoutMs} ms`, { cause });
}
