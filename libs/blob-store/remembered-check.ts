const KEEP_BAD_MS = 1_000;

/**
 * A check whose callers in between share the last outcome: for `keepGoodMs` when it was good, for a second when it was
 * bad. So probes cost the store nothing, however often they come.
 */
export function rememberedCheck(
  probe: () => Promise<void>,
  { clock, keepGoodMs }: { readonly clock: () => number; readonly keepGoodMs: number },
): () => Promise<void> {
  let last: Promise<void> | null = null;
  let keepUntil = 0;

  return () => {
    if (last === null || clock() >= keepUntil) {
      keepUntil = Number.POSITIVE_INFINITY;
      last = probe();
      last.then(
        () => {
          keepUntil = clock() + keepGoodMs;
        },
        () => {
          keepUntil = clock() + KEEP_BAD_MS;
        },
      );
    }
    return last;
  };
}
