import type { KeepRule } from '@berth/contracts';
import { describe, expect, test } from '@jest/globals';
import type { Candidate } from '../evaluate/candidate.ts';
import type { EvaluatedPolicy } from '../evaluate/cover.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { daysAgo, NOW, policy, pushed } from './candidates.ts';

const TIME = { now: NOW, begunAt: NOW };
const latestPushed = (count: number): KeepRule => ({ rule: 'latestPushed', count });
const latestPulled = (count: number): KeepRule => ({ rule: 'latestPulled', count });
const pushedWithin = (days: number): KeepRule => ({ rule: 'pushedWithin', days });
const pulledWithin = (days: number): KeepRule => ({ rule: 'pulledWithin', days });

const survivors = (policies: readonly EvaluatedPolicy[], candidates: readonly Candidate[]) =>
  evaluate(policies, candidates, TIME)
    .filter(({ isKept }) => isKept)
    .map(({ candidate }) => candidate.digest)
    .join(' ');
const pulled = (days: number) => ({ lastPulledAt: daysAgo(days) });

/** Four releases, one every ten days. */
const releases = [
  pushed('a', 40, ['v1']),
  pushed('b', 30, ['v2']),
  pushed('c', 20, ['v3']),
  pushed('d', 10, ['v4']),
];

interface Case {
  readonly name: string;
  readonly policies: readonly EvaluatedPolicy[];
  readonly candidates?: readonly Candidate[];
  readonly survivors: string;
}

const CASES: readonly Case[] = [
  { name: 'the latest two pushed', policies: [policy([latestPushed(2)])], survivors: 'c d' },
  { name: 'more than there are', policies: [policy([latestPushed(9)])], survivors: 'a b c d' },
  {
    name: 'pushed within days, the bound included',
    policies: [policy([pushedWithin(20)])],
    survivors: 'c d',
  },
  { name: 'always', policies: [policy([{ rule: 'always' }])], survivors: 'a b c d' },
  {
    name: 'the latest pulled, an old one that is in use',
    policies: [policy([latestPulled(2)])],
    candidates: [pushed('a', 40, ['v1'], pulled(1)), ...releases.slice(1)],
    survivors: 'a d',
  },
  {
    name: 'pulled within days',
    policies: [policy([pulledWithin(15)])],
    candidates: [
      pushed('a', 40, ['v1'], pulled(3)),
      pushed('b', 30, ['v2'], pulled(16)),
      ...releases.slice(2),
    ],
    survivors: 'a d',
  },
  {
    name: 'never pulled, as pulled when it was pushed',
    policies: [policy([pulledWithin(25)])],
    survivors: 'c d',
  },
  {
    name: 'pushed again after its last pull, as pulled then',
    policies: [policy([pulledWithin(7)])],
    candidates: [pushed('a', 2, ['v1'], pulled(50)), pushed('b', 30, ['v2'])],
    survivors: 'a',
  },
  {
    name: 'what any of several rules keeps',
    policies: [policy([latestPushed(1), pulledWithin(5)])],
    candidates: [pushed('a', 40, ['v1'], pulled(4)), ...releases.slice(1)],
    survivors: 'a d',
  },
  {
    name: 'tags that the policy does not match',
    policies: [policy([latestPushed(1)], { tags: { match: ['v*'] } })],
    candidates: [...releases, pushed('e', 90, ['stable'])],
    survivors: 'd e',
  },
  {
    name: 'tags that the policy excludes, which take no place',
    policies: [policy([latestPushed(1)], { tags: { match: ['**'], exclude: ['v4'] } })],
    survivors: 'c d',
  },
  {
    name: 'one whose tags match in part, which takes its place all the same',
    policies: [policy([latestPushed(2)], { tags: { match: ['v*'] } })],
    candidates: [...releases.slice(0, 3), pushed('d', 10, ['v4', 'latest'])],
    survivors: 'c d',
  },
  {
    name: 'one whose tags match in part, however old',
    policies: [policy([latestPushed(1)], { tags: { match: ['v*'] } })],
    candidates: [pushed('a', 90, ['v1', 'stable']), ...releases.slice(1)],
    survivors: 'a d',
  },
  {
    name: 'one artifact under several tags, once',
    policies: [policy([latestPushed(2)])],
    candidates: [...releases.slice(0, 3), pushed('d', 10, ['v4', 'v4.0', 'v4.0.0'])],
    survivors: 'c d',
  },
  {
    name: 'untagged ones, unless the policy says otherwise',
    policies: [policy([latestPushed(1)])],
    candidates: [pushed('e', 90, []), ...releases],
    survivors: 'd e',
  },
  {
    name: 'no old untagged ones where the policy says so',
    policies: [policy([pushedWithin(7)], { tags: { match: ['none'] }, untagged: true })],
    candidates: [pushed('e', 90, []), pushed('f', 3, []), ...releases],
    survivors: 'a b c d f',
  },
  {
    name: 'what the rule of another policy keeps',
    policies: [
      policy([latestPushed(1)]),
      policy([{ rule: 'always' }], { id: 'q', name: 'releases', tags: { match: ['v1'] } }),
    ],
    survivors: 'a d',
  },
  {
    name: 'one whose tags only two policies together match',
    policies: [
      policy([pushedWithin(1)], { tags: { match: ['v*'] } }),
      policy([pushedWithin(1)], { id: 'q', name: 'others', tags: { match: ['dev-*'] } }),
    ],
    candidates: [pushed('a', 40, ['v1', 'dev-1']), pushed('b', 40, ['v2']), pushed('c', 40, ['dev-2'])],
    survivors: 'a',
  },
  {
    name: 'what is protected, which takes its place',
    policies: [policy([latestPushed(1)])],
    candidates: [...releases.slice(0, 3), pushed('d', 10, ['v4'], { isProtected: true })],
    survivors: 'd',
  },
  {
    name: 'attached ones, which take no place',
    policies: [policy([latestPushed(1)])],
    candidates: [
      ...releases,
      pushed('e', 1, [], { isAttached: true }),
      pushed('f', 1, ['sha256-x.sig'], { isAttached: true }),
    ],
    survivors: 'd e f',
  },
  {
    name: 'what is not all known, which takes no place',
    policies: [policy([latestPushed(1)])],
    candidates: [...releases, pushed('e', 1, ['v5'], { unknown: 'it has too many tags' })],
    survivors: 'd e',
  },
  {
    name: 'what was pushed since the run began, which takes no place',
    policies: [policy([latestPushed(1)])],
    candidates: [...releases, pushed('e', -1, ['v5'])],
    survivors: 'd e',
  },
  {
    name: 'one with a tag that was moved to it since the run began',
    policies: [policy([latestPushed(1)])],
    candidates: [
      pushed('a', 40, [], { tags: [{ name: 'v1', updatedAt: daysAgo(-1), lastPulledAt: null }] }),
      ...releases.slice(1),
    ],
    survivors: 'a d',
  },
  {
    name: 'a time that cannot be read',
    policies: [policy([latestPushed(1)])],
    candidates: [...releases, pushed('e', 90, ['v0'], { pushedAt: 'yesterday' })],
    survivors: 'd e',
  },
  {
    name: 'a tagged child of an index that stays, and none of one that goes',
    policies: [policy([latestPushed(1)])],
    candidates: [
      pushed('a', 50, ['amd64-1'], { parents: ['i'] }),
      pushed('b', 50, ['amd64-2'], { parents: ['j'] }),
      pushed('i', 40, ['v1']),
      pushed('j', 30, ['v2']),
    ],
    survivors: 'b j',
  },
  {
    name: 'the children of the children of an index that stays',
    policies: [policy([latestPushed(1)])],
    candidates: [
      pushed('a', 50, ['leaf'], { parents: ['b'] }),
      pushed('b', 50, ['inner'], { parents: ['c'] }),
      pushed('c', 10, ['outer']),
    ],
    survivors: 'a b c',
  },
  { name: 'everything without a policy', policies: [], survivors: 'a b c d' },
  {
    name: 'everything where a policy cannot be understood',
    policies: [policy([latestPushed(1)]), policy([latestPushed(1)], { id: 'q', tags: { match: ['{'] } })],
    survivors: 'a b c d',
  },
  {
    name: 'the lower digest of two pushed in one moment',
    policies: [policy([latestPushed(1)])],
    candidates: [pushed('b', 5, ['v2']), pushed('a', 5, ['v1'])],
    survivors: 'a',
  },
];

describe('there stays', () => {
  test.each(CASES)('$name', ({ policies, candidates = releases, survivors: expected }) => {
    expect(survivors(policies, candidates)).toBe(expected);
  });
});

test('with a policy that deletes named, the others only keep', () => {
  const policies = [
    policy([pushedWithin(1)], { tags: { match: ['v1'] } }),
    policy([latestPushed(1)], { id: 'q', name: 'others', tags: { match: ['v2', 'v3', 'v4'] } }),
  ];
  const decisions = evaluate(policies, releases, { ...TIME, deletingBy: 'p' });
  expect(decisions.map(({ isKept, rule }) => (isKept ? rule : 'goes'))).toEqual([
    'goes',
    'notMatched',
    'notMatched',
    'latestPushed',
  ]);
});

test('every decision names the rule, the policy and a reason', () => {
  expect(evaluate([policy([latestPushed(1)])], releases.slice(2), TIME)).toMatchObject([
    { isKept: false, rule: 'notKept', policy: 'tidy', reason: 'no rule keeps it' },
    { isKept: true, rule: 'latestPushed', policy: 'tidy', reason: 'number 1 of the 1 pushed last' },
  ]);
});
