import { expect, test } from '@jest/globals';
import { gatherReads } from '../mongodb/gathered-reads.ts';

interface Query {
  readonly ids: readonly string[];
  readonly answer: (error?: Error) => void;
}

/** Reads whose queries are answered by hand; a document is the number of the query that brought it. */
function reads() {
  const queries: Query[] = [];
  const read = gatherReads<number>(
    (ids) =>
      new Promise((resolve, reject) => {
        const number = queries.length;
        const found = new Map(ids.filter((id) => id !== 'gone').map((id) => [id, number]));
        queries.push({ ids, answer: (error) => (error ? reject(error) : resolve(found)) });
      }),
  );
  return { queries, read };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('the first goes at once, those that come meanwhile go together', async () => {
  const { queries, read } = reads();
  const first = read('a');
  await turn();
  const others = [read('b'), read('c'), read('b'), read('gone')];
  await turn();
  expect(queries.map(({ ids }) => ids)).toEqual([['a']]);
  queries[0]?.answer();
  expect(await first).toBe(0);
  await turn();
  queries[1]?.answer();
  expect(await Promise.all(others)).toEqual([1, 1, 1, null]);
  expect(queries.map(({ ids }) => ids)).toEqual([['a'], ['b', 'c', 'gone']]);
});

test('what is asked for again while its query is under way is read again', async () => {
  const { queries, read } = reads();
  const before = read('a');
  await turn();
  const after = read('a');
  queries[0]?.answer();
  await before;
  await turn();
  queries[1]?.answer();
  expect([await before, await after]).toEqual([0, 1]);
});

test('a query that fails fails those in it, and the next goes on', async () => {
  const { queries, read } = reads();
  const first = read('a');
  await turn();
  const second = read('b');
  queries[0]?.answer(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  queries[1]?.answer();
  expect(await second).toBe(1);
});

test('one that hangs holds up no other for long', async () => {
  const { queries, read } = reads();
  const hanging = read('a');
  await turn();
  const others = [read('b'), read('c')];
  while (queries.length < 2) await turn();
  queries[1]?.answer();
  expect(await Promise.all(others)).toEqual([1, 1]);
  queries[0]?.answer();
  expect(await hanging).toBe(0);
});

test('many go in several queries, each once', async () => {
  const { queries, read } = reads();
  const first = read('first');
  await turn();
  const ids = Array.from({ length: 250 }, (_, index) => `${index}`);
  const all = Promise.all(ids.map(read));
  for (let answered = 0; answered < 4; answered += 1) {
    while (queries.length <= answered) await turn();
    queries[answered]?.answer();
    await turn();
  }
  await Promise.all([first, all]);
  expect(queries.map(({ ids }) => ids.length)).toEqual([1, 100, 100, 50]);
  expect(queries.slice(1).flatMap(({ ids }) => ids)).toEqual(ids);
});
