import { describe, expect, test } from '@jest/globals';
import { parseChallenges } from '../challenge.ts';
import { nextLink } from '../link-header.ts';
import { parseRetryAfter } from '../retry-after.ts';

describe('WWW-Authenticate', () => {
  test.each([
    {
      values: ['Bearer realm="https://a.example/token",service="reg",scope="repository:a/b:pull,push"'],
      expected: [
        {
          scheme: 'bearer',
          params: { realm: 'https://a.example/token', service: 'reg', scope: 'repository:a/b:pull,push' },
        },
      ],
    },
    {
      values: ['Basic realm="x", Bearer realm="y"'],
      expected: [
        { scheme: 'basic', params: { realm: 'x' } },
        { scheme: 'bearer', params: { realm: 'y' } },
      ],
    },
    {
      values: ['bearer REALM = token , Service="a \\"quoted\\" \\\\ name"'],
      expected: [{ scheme: 'bearer', params: { realm: 'token', service: 'a "quoted" \\ name' } }],
    },
    {
      values: ['Negotiate, Negotiate YWJj/+==, , Basic realm=x'],
      expected: [
        { scheme: 'negotiate', params: {} },
        { scheme: 'negotiate', params: {} },
        { scheme: 'basic', params: { realm: 'x' } },
      ],
    },
    {
      values: ['Basic realm="a"', 'Digest realm="b", qop="auth, auth-int", nonce=""'],
      expected: [
        { scheme: 'basic', params: { realm: 'a' } },
        { scheme: 'digest', params: { realm: 'b', qop: 'auth, auth-int', nonce: '' } },
      ],
    },
    { values: ['Bearer realm="a",realm="b"'], expected: [{ scheme: 'bearer', params: { realm: 'a' } }] },
    { values: ['Bearer realm="open'], expected: [{ scheme: 'bearer', params: {} }] },
    { values: ['Bearer realm='], expected: [{ scheme: 'bearer', params: {} }] },
    { values: ['', ' , ,', '"x"'], expected: [] },
    { values: [], expected: [] },
  ])('$values', ({ values, expected }) => {
    expect(parseChallenges(values)).toEqual(expected);
  });

  test('a long hostile value takes no long time', () => {
    for (const value of [
      `Bearer ${'a='.repeat(50_000)}`,
      `Bearer realm="${'\\'.repeat(100_000)}`,
      ','.repeat(100_000),
    ]) {
      expect(parseChallenges([value]).length).toBeLessThan(2);
    }
  });
});

describe('Link', () => {
  test.each([
    { header: '</v2/_catalog?n=2&last=b>; rel="next"', next: '/v2/_catalog?n=2&last=b' },
    { header: '</a>; rel=next', next: '/a' },
    { header: '</a>;REL="prev", </b>; title="x, <y>"; rel="up next"', next: '/b' },
    { header: ['</a>; rel=prev', '</b>; rel=next'], next: '/b' },
    { header: '</a?x=1,2;3>; rel="next"', next: '/a?x=1,2;3' },
    { header: '</a>; rel="nextish"', next: null },
    { header: '/a; rel=next', next: null },
    { header: '', next: null },
    { header: undefined, next: null },
  ])('$header', ({ header, next }) => {
    expect(nextLink(header)).toBe(next);
  });
});

describe('Retry-After', () => {
  test.each([
    { value: '0', expected: 0 },
    { value: '120', expected: 120_000 },
    { value: 'Thu, 01 Jan 2026 00:00:07 GMT', expected: 7000 },
    { value: 'Thu, 01 Jan 2015 00:00:00 GMT', expected: 0 },
    { value: 'soon', expected: null },
    { value: undefined, expected: null },
  ])('$value', ({ value, expected }) => {
    expect(parseRetryAfter(value, Date.parse('2026-01-01T00:00:00Z'))).toBe(expected);
  });
});
