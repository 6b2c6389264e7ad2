/**
 * What comes from a source in batches: whatever is there at once, at most `limit`. The next batch is made when the one
 * before was taken.
 */
export async function* gather<T>(source: AsyncIterable<T>, limit: number): AsyncGenerator<T[]> {
  const iterator = source[Symbol.asyncIterator]();
  let coming = iterator.next();
  for (;;) {
    const first = await coming;
    if (first.done) return;
    const batch = [first.value];
    coming = iterator.next();
    while (batch.length < limit) {
      const more = await Promise.race([coming, nextTurn()]);
      if (more === undefined || more.done) break;
      batch.push(more.value);
      coming = iterator.next();
    }
    coming.catch(() => {}); // the next round throws it
    yield batch;
  }
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}
