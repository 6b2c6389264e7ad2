import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareScalars } from '../binary-order.ts';
import type { PageQuery, Stored } from '../index.ts';
import { allIds, BOOKS, type Book } from '../testing/contract-fixture.ts';
import { describeOnMongo, type OpenEmptyStore, openTemporaryStore } from '../testing/index.ts';

const text = fc.constantFrom('', 'a', 'aa', 'b', 'B', 'é', '\uffee', '😀');
const year = fc.integer({ min: -2, max: 3 });
const book = fc.record({ shelf: fc.constantFrom('s', 'r'), year: fc.option(year, { nil: undefined }) });
const bound = fc.record({ gt: year, gte: year, lt: year, lte: year }, { requiredKeys: [] });

/** What the port says of `byYear` with an equal shelf, in the plainest way. */
function expectedIds(books: readonly (Book & Stored)[], query: PageQuery): string[] {
  const { gt, gte, lt, lte } = query.range ?? {};
  const found = books
    .filter((one) => one.shelf === query.equals?.shelf && one.year !== undefined)
    .filter(({ year: value = 0 }) => gt === undefined || value > Number(gt))
    .filter(({ year: value = 0 }) => gte === undefined || value >= Number(gte))
    .filter(({ year: value = 0 }) => lt === undefined || value < Number(lt))
    .filter(({ year: value = 0 }) => lte === undefined || value <= Number(lte))
    .sort(
      (a, b) =>
        compareScalars(a.year ?? 0, b.year ?? 0) ||
        compareScalars(a.title, b.title) ||
        compareScalars(a.id, b.id),
    )
    .map(({ id }) => id);
  return query.descending ? found.reverse() : found;
}

async function comparePages(open: OpenEmptyStore): Promise<void> {
  const opened = await open();
  const books = opened.store.collection(BOOKS);
  let run = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(book, text), { maxLength: 30 }),
        bound,
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        async (generated, range, descending, limit) => {
          run += 1;
          const shelfOf = (shelf: string) => `${run}${shelf}`;
          const writes = generated.map(([{ shelf, year: value }, title], index) =>
            books.write.insert(
              `${run}-${index}`,
              // Titles are unique per shelf: the number makes them so without changing the order much.
              {
                shelf: shelfOf(shelf),
                title: `${title}${index % 7}-${index}`,
                ...(value === undefined ? {} : { year: value }),
              },
              { relaxed: true },
            ),
          );
          const stored = (await opened.store.writeMany(writes)) as (Book & Stored)[];
          const query = { index: 'byYear', equals: { shelf: shelfOf('s') }, range, descending, limit };
          expect(await allIds(books, query)).toEqual(expectedIds(stored, query));
        },
      ),
      { numRuns: 100 },
    );
  } finally {
    await opened.dispose();
  }
}

const NAME = 'pages are what filtering and sorting everything would give';

test(NAME, () => comparePages(openTemporaryStore));

describeOnMongo('MongoDB', (open) => {
  test(NAME, () => comparePages(open));
});
