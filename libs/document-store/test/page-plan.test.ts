import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PageQuery } from '../index.ts';
import { layoutOf } from '../sqlite/collection-layout.ts';
import { pageStatement } from '../sqlite/page-statement.ts';
import { BOOKS } from '../testing/contract-fixture.ts';
import { type OpenStore, openTemporaryStore } from '../testing/index.ts';

const EQUALS: Readonly<Record<string, readonly Record<string, string | number | boolean>[]>> = {
  id: [{}, { id: '5' }],
  byTitle: [{}, { shelf: 's' }, { shelf: 's', title: '5' }],
  byYear: [{}, { shelf: 's' }, { shelf: 's', year: 1 }, { shelf: 's', year: 1, title: '5' }],
  byLent: [{}, { isLent: true }],
  byWord: [{ words: 'w' }, { words: 'w', year: 1 }],
};
const RANGES: readonly PageQuery['range'][] = [undefined, { gt: 0 }, { gte: 0, lt: 'x' }, { lte: 'x' }];

let opened: OpenStore & { readonly path: string };

beforeAll(async () => {
  opened = await openTemporaryStore();
  const books = opened.store.collection(BOOKS);
  await opened.store.writeMany(
    Array.from({ length: 50 }, (_, number) =>
      books.write.insert(`${number}`, {
        shelf: 's',
        title: `${number}`,
        year: 1,
        isLent: true,
        words: ['w', 'v'],
      }),
    ),
  );
});

afterAll(() => opened.dispose());

/** All shapes of a query; those with a cursor go on from the first page. */
async function* queries(): AsyncGenerator<PageQuery> {
  const books = opened.store.collection(BOOKS);
  for (const [index, prefixes] of Object.entries(EQUALS)) {
    for (const equals of prefixes) {
      for (const range of RANGES) {
        for (const descending of [false, true]) {
          const isRanged = range !== undefined;
          const query = { index, equals, descending, limit: 5, ...(isRanged ? { range } : {}) };
          const first = await books.page(query).catch((error: unknown) => error);
          if (first instanceof TypeError) {
            expect(first.message).toContain('no field left for a range');
            continue;
          }
          yield query;
          const next = (first as { next: string | null }).next;
          if (next !== null) {
            yield { ...query, after: next };
            yield { ...query, contains: { field: 'title', text: '4' } };
          }
        }
      }
    }
  }
}

test('every shape of a query is answered by a search in its index, without sorting', async () => {
  const database = new DatabaseSync(opened.path, { readOnly: true });
  const layout = layoutOf(BOOKS);
  let count = 0;
  for await (const query of queries()) {
    const { sql, parameters } = pageStatement(layout, query);
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...parameters)
      .map(({ detail }) => String(detail));
    const isBounded = Object.keys(query.equals ?? {}).length > 0 || query.after !== undefined || query.range;
    expect({ query, plan: plan.filter((step) => /TEMP B-TREE/.test(step)) }).toEqual({ query, plan: [] });
    if (isBounded) {
      expect({ query, plan: plan.filter((step) => !step.startsWith('SEARCH')) }).toEqual({ query, plan: [] });
    }
    if (query.after !== undefined) {
      // The search starts at the cursor: a comparison of rows, or of the id alone.
      expect({ query, step: plan[0] }).toEqual({ query, step: expect.stringMatching(/\bid[<>]|\)[<>]\(/) });
    }
    count += 1;
  }
  database.close();
  expect(count).toBeGreaterThan(100);
});
