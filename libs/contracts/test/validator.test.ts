import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { compileSchema, KeepRule } from '../index.ts';

const check = compileSchema(
  Type.Object(
    {
      visibility: Type.Union([Type.Literal('private'), Type.Literal('public')]),
      password: Type.String({ minLength: 8 }),
      note: Type.Union([Type.String(), Type.Null()]),
      keep: Type.Optional(Type.Array(KeepRule)),
    },
    { additionalProperties: false },
  ),
);
const good = { visibility: 'public', password: 'long enough', note: null };
const RULES = 'always, latestPushed, latestPulled, pushedWithin, pulledWithin';

describe('what is told of a value that does not fit', () => {
  test.each([
    [
      'a choice of words, once',
      { visibility: 'secret' },
      ['/visibility must be one of private, public (got "secret")'],
    ],
    ['a password, but not which', { password: 'short' }, ['/password must NOT have fewer than 8 characters']],
    [
      'a field that is not known, by name',
      { colour: 'red' },
      ['/ must NOT have additional properties: colour'],
    ],
    [
      'an object that is not known, by what there is',
      { keep: [{ rule: 'latest', count: 3 }] },
      [`/keep/0/rule must be one of ${RULES} (got "latest")`],
    ],
    ['an object that says not what it is', { keep: [{ days: 3 }] }, [`/keep/0/rule must be one of ${RULES}`]],
    [
      'a word in place of an object',
      { keep: ['always'] },
      [`/keep/0 must be an object whose rule is one of ${RULES} (got "always")`],
    ],
    [
      'only what is wrong with the object that is meant',
      {
        keep: [
          { rule: 'latestPushed', count: 0 },
          { rule: 'pulledWithin', days: 100_000 },
          { rule: 'pushedWithin', count: 3 },
          { rule: 'always' },
        ],
      },
      [
        '/keep/0/count must be >= 1 (got 0)',
        '/keep/1/days must be <= 36500 (got 100000)',
        "/keep/2 must have required property 'days'",
        '/keep/2 must NOT have additional properties: count',
      ],
    ],
  ])('%s', (_, change, expected) => {
    const outcome = check({ ...good, ...change });
    const told = outcome.ok ? [] : outcome.violations.map(({ path, message }) => `${path} ${message}`);
    expect(told).toEqual(expected);
  });

  test('nothing of one that does', () => {
    expect(check(good)).toEqual({ ok: true, value: good });
  });
});
