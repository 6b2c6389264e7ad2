import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { compileSchema } from '../index.ts';

const check = compileSchema(
  Type.Object(
    {
      visibility: Type.Union([Type.Literal('private'), Type.Literal('public')]),
      password: Type.String({ minLength: 8 }),
      note: Type.Union([Type.String(), Type.Null()]),
    },
    { additionalProperties: false },
  ),
);
const good = { visibility: 'public', password: 'long enough', note: null };

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
  ])('%s', (_, change, expected) => {
    const outcome = check({ ...good, ...change });
    const told = outcome.ok ? [] : outcome.violations.map(({ path, message }) => `${path} ${message}`);
    expect(told).toEqual(expected);
  });

  test('nothing of one that does', () => {
    expect(check(good)).toEqual({ ok: true, value: good });
  });
});
