/**
 * What comes from a source in batches: the first, and what comes within `lingerMs` after it, at most `limit`. The next
 * batch is made when the one before was taken.
 */
export async function* gather<T>(
  source: AsyncIterable<T>,
  { limit, lingerMs }: { readonly limit: number; readonly lingerMs: number },
): AsyncGenerator<T[]> {
  const iterator = source[Symbol.asyncIterator]();
  let coming = iterator.next();
  for (;;) {
    const first = await coming;
    if (first.done) return;
    const batch = [first.value];
    coming = iterator.next();
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), lingerMs);
    while (batch.length < limit) {
      const more = await Promise.race([coming, late]);
      if (more === undefined || more.done) break;
      batch.push(more.value);
      coming = iterator.next();
    }
    clearTimeout(timer);
    coming.catch(() => {}); // the next round throws it
    yield batch;
  }
}
