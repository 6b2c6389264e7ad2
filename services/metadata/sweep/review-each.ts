/** As many at once: each waits for the store most of the time, and what clients ask is to have its turn. */
const AT_ONCE = 8;

/** Reviews what is due, several at a time. The first error ends it when those under way have come to their ends. */
export async function reviewEach<Due>(
  due: readonly Due[],
  review: (one: Due) => Promise<void>,
): Promise<void> {
  const waiting = [...due];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift()) {
      await review(next).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
}
