/** A query that takes longer holds up no other. */
const HOLDS_UP_MS = 20;
/** Ids in one query, at most. */
const IDS_AT_ONCE = 100;

interface Batch<Found> {
  readonly ids: Set<string>;
  readonly found: Promise<ReadonlyMap<string, Found>>;
  readonly begin: () => void;
}

/**
 * Reads by id, where those that come while a query is under way go together in the next: at load many for the cost of one. Each read
 * begins after it was asked for, so it sees what was written before.
 */
export function gatherReads<Found>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
): (id: string) => Promise<Found | null> {
  const waiting: Batch<Found>[] = [];
  let isHeld = false;

  function open(): Batch<Found> {
    const ids = new Set<string>();
    const { promise, resolve } = Promise.withResolvers<void>();
    const batch = { ids, begin: resolve, found: promise.then(() => read([...ids])) };
    waiting.push(batch);
    return batch;
  }

  function next(): void {
    const batch = waiting.shift();
    isHeld = batch !== undefined;
    if (batch === undefined) return;
    batch.begin();
    let isOver = false;
    const goOn = (): void => {
      clearTimeout(timer);
      if (!isOver) next();
      isOver = true;
    };
    const timer = setTimeout(goOn, HOLDS_UP_MS);
    batch.found.then(goOn, goOn);
  }

  return async (id) => {
    const last = waiting.at(-1);
    const batch = last === undefined || last.ids.size >= IDS_AT_ONCE ? open() : last;
    batch.ids.add(id);
    if (!isHeld) next();
    return (await batch.found).get(id) ?? null;
  };
}
