import { describe, expect, test } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { type HttpError, queryReader } from '../index.ts';

const read = queryReader(
  Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    after: Type.Optional(Type.String({ maxLength: 10 })),
    force: Type.Optional(Type.Boolean()),
    sort: Type.Optional(Type.Union([Type.Literal('name'), Type.Literal('-name')])),
    since: Type.Optional(Type.String({ pattern: '^\\d{4}$' })),
  }),
);
const of = (query: string) => read(new URLSearchParams(query));

function refusalOf(query: string): HttpError {
  try {
    of(query);
  } catch (error) {
    return error as HttpError;
  }
  throw new Error(`${query} was not refused`);
}

describe('a query', () => {
  test.each([
    ['', { limit: 50 }],
    ['limit=500&after=x&force=true&sort=-name', { limit: 500, after: 'x', force: true, sort: '-name' }],
    ['force=false', { limit: 50, force: false }],
    ['after=', { limit: 50 }],
    ['since=2024', { limit: 50, since: '2024' }],
  ])('%s is read by its types', (query, expected) => {
    expect(of(query)).toEqual(expected);
  });

  test.each([
    ['limit=0', 'PAGE_INVALID', 'limit must be a whole number from 1 to 500 (got "0")'],
    ['limit=', 'PAGE_INVALID', 'limit must be a whole number from 1 to 500 (got "")'],
    ['limit=1e2', 'PAGE_INVALID', 'limit must be a whole number from 1 to 500 (got "1e2")'],
    ['limit=99999999999999999999', 'PAGE_INVALID', 'limit must be a whole number from 1 to 500 (got "99999'],
    ['limit=1&limit=2', 'PAGE_INVALID', 'limit must be given once (got 2 of them)'],
    ['after=12345678901', 'PAGE_INVALID', 'after must NOT have more than 10 characters'],
    ['force=1', 'QUERY_INVALID', 'force must be true or false (got "1")'],
    ['force=', 'QUERY_INVALID', 'force must be true or false (got "")'],
    ['sort=size', 'QUERY_INVALID', 'sort must be one of "name", "-name" (got "size")'],
    ['sort=', 'QUERY_INVALID', 'sort must be one of "name", "-name" (got "")'],
    ['since=now', 'QUERY_INVALID', 'since must match pattern "^\\d{4}$" (got "now")'],
    ['page=2', 'QUERY_INVALID', 'page is no parameter of this request'],
    ['__proto__=2', 'QUERY_INVALID', '__proto__ is no parameter of this request'],
  ])('%s is a 400 %s that names parameter and rule', (query, code, message) => {
    const thrown = refusalOf(query);
    expect(thrown).toMatchObject({ status: 400, code });
    expect(thrown.message).toContain(message);
  });

  test('says all that is wrong with it', () => {
    const thrown = refusalOf('limit=x&force=x&page=1');
    expect(thrown.code).toBe('QUERY_INVALID');
    expect(thrown.errors?.map(({ path }) => path)).toEqual(['/limit', '/force', '/page']);
  });

  test('must give what is not optional', () => {
    const readSubject = queryReader(Type.Object({ subject: Type.String({ maxLength: 3 }) }));
    expect(readSubject(new URLSearchParams('subject=x'))).toEqual({ subject: 'x' });
    for (const query of ['', 'subject='])
      expect(() => readSubject(new URLSearchParams(query))).toThrow('subject must be given');
    expect(() => readSubject(new URLSearchParams('subject=long'))).toThrow('subject must NOT have more');
  });
});
