import type { KeepRule } from '@berth/contracts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candidate } from '../evaluate/candidate.ts';
import type { EvaluatedPolicy } from '../evaluate/cover.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { daysAgo, NOW, policy, pushed } from './candidates.ts';

const RUNS = { numRuns: 500 };
const TIME = { now: NOW, begunAt: NOW };

const rule: fc.Arbitrary<KeepRule> = fc.oneof(
  { arbitrary: fc.constant({ rule: 'always' } as const), weight: 1 },
  ...[
    fc.integer({ min: 1, max: 4 }).map((count) => ({ rule: 'latestPushed', count }) as const),
    fc.integer({ min: 1, max: 4 }).map((count) => ({ rule: 'latestPulled', count }) as const),
    fc.integer({ min: 1, max: 9 }).map((days) => ({ rule: 'pushedWithin', days }) as const),
    fc.integer({ min: 1, max: 9 }).map((days) => ({ rule: 'pulledWithin', days }) as const),
  ].map((arbitrary) => ({ arbitrary, weight: 5 })),
);
const glob = fc.constantFrom('**', 'v*', 'a', '{a,b}', 'none');
const policies: fc.Arbitrary<EvaluatedPolicy[]> = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('p', 'q', 'r'),
      match: fc.array(glob, { minLength: 1, maxLength: 2 }),
      exclude: fc.array(fc.constantFrom('v1', 'b'), { maxLength: 1 }),
      untagged: fc.boolean(),
      keep: fc.array(rule, { minLength: 1, maxLength: 2 }),
    })
    .map(({ id, match, exclude, ...rest }) => policy(rest.keep, { ...rest, id, tags: { match, exclude } })),
  { selector: ({ id }) => id, minLength: 1, maxLength: 3 },
);

/** Few days and few tags, so that ties and matches are common. */
const image: fc.Arbitrary<Candidate[]> = fc
  .array(
    fc.record({
      days: fc.integer({ min: -1, max: 20 }),
      pulled: fc.option(fc.integer({ min: 0, max: 20 })),
      tags: fc.uniqueArray(fc.constantFrom('v1', 'v2', 'a', 'b', 'c'), { maxLength: 2 }),
      parent: fc.option(fc.constantFrom('d0', 'd1', 'd2', 'elsewhere'), { freq: 1 }),
      isProtected: fc.nat(6).map((n) => n === 0),
      isAttached: fc.nat(6).map((n) => n === 0),
      isUnknown: fc.nat(9).map((n) => n === 0),
    }),
    { maxLength: 8 },
  )
  .map((all) =>
    all.map(({ days, pulled, tags, parent, isUnknown, ...flags }, place) =>
      pushed(`d${place}`, days, tags, {
        ...flags,
        parents: parent === null || parent === `d${place}` ? [] : [parent],
        lastPulledAt: pulled === null ? null : daysAgo(pulled),
        ...(isUnknown && { unknown: 'not known' }),
      }),
    ),
  );

const deletedOf = (decisions: ReturnType<typeof evaluate>) =>
  decisions.filter(({ isKept }) => !isKept).map(({ candidate }) => candidate);
const digestsOf = (candidates: readonly Candidate[]) => candidates.map(({ digest }) => digest);

test('what is decided depends neither on the order of the artifacts nor on that of the policies', () => {
  const shuffled = fc
    .tuple(policies, image)
    .chain(([some, all]) =>
      fc.tuple(
        fc.constant(evaluate(some, all, TIME)),
        fc.shuffledSubarray(some, { minLength: some.length }),
        fc.shuffledSubarray(all, { minLength: all.length }),
      ),
    );
  fc.assert(
    fc.property(shuffled, ([decided, some, all]) => expect(evaluate(some, all, TIME)).toEqual(decided)),
    RUNS,
  );
});

test('one more keep rule never has more deleted', () => {
  fc.assert(
    fc.property(policies, image, rule, fc.nat(2), (some, all, more, place) => {
      const before = digestsOf(deletedOf(evaluate(some, all, TIME)));
      const stricter = some.map((one, at) =>
        at === place % some.length ? { ...one, keep: [...one.keep, more] } : one,
      );
      const after = digestsOf(deletedOf(evaluate(stricter, all, TIME)));
      expect(before).toEqual(expect.arrayContaining(after));
    }),
    RUNS,
  );
});

test('what is protected, attached, unknown, part of a survivor or pushed since the run began never goes', () => {
  let deleted = 0;
  fc.assert(
    fc.property(policies, image, (some, all) => {
      const gone = deletedOf(evaluate(some, all, TIME));
      deleted += gone.length;
      for (const { isProtected, isAttached, unknown, pushedAt, parents } of gone) {
        expect([isProtected, isAttached, unknown]).toEqual([false, false, undefined]);
        expect(Date.parse(pushedAt)).toBeLessThan(NOW);
        expect(digestsOf(gone)).toEqual(expect.arrayContaining([...parents]));
      }
    }),
    RUNS,
  );
  expect(deleted).toBeGreaterThan(100);
});
