import { describe, expect, test } from '@jest/globals';
import { compileFilter, compileGlob } from '../index.ts';

describe('patterns', () => {
  test.each([
    ['web', 'web', true],
    ['web', 'webs', false],
    ['*', 'web', true],
    ['*', 'team/web', false],
    ['**', 'team/a/web', true],
    ['**', '', true],
    ['team/*', 'team/web', true],
    ['team/*', 'team/a/web', false],
    ['team/**', 'team/a/web', true],
    ['team/**/web', 'team/web', true],
    ['team/**/web', 'team/a/b/web', true],
    ['team/**/web', 'team/a/bweb', false],
    ['**/web', 'web', true],
    ['**/web', 'a/web', true],
    ['**/web', 'aweb', false],
    ['v?.?', 'v1.2', true],
    ['v?', 'v/', false],
    ['{release,v*}-[0]', 'x', 'characters'],
    ['{release,v*}', 'v12', true],
    ['{release,v*}', 'nightly', false],
    ['a{,b}c', 'ac', true],
    ['1.0', '1x0', false],
    ['*-rc*', '1.0-rc1', true],
    ['{a', '', 'braces'],
    ['{a,{b,c}}', '', 'braces'],
    ['{a,b}'.repeat(7), '', 'stand for'],
    ['a b', '', 'pattern'],
  ])('%s on %s: %s', (pattern, name, expected) => {
    if (typeof expected === 'string') expect(() => compileGlob(pattern)).toThrow(pattern);
    else expect(compileGlob(pattern)(name)).toBe(expected);
  });

  test('a pattern of many wildcards takes no longer than its length times that of the name', () => {
    const cruel = compileGlob(`${'*a'.repeat(60)}${'**b'.repeat(40)}`);
    expect(cruel('a'.repeat(255))).toBe(false);
  });

  test('the patterns of a filter stand for a bounded number of characters, so that no filter is slow', () => {
    const cruel = `${'{a,?}'.repeat(6)}${'*a'.repeat(20)}`;
    expect(() => compileFilter({ match: ['fine', cruel, cruel] })).toThrow('more than 4096 characters');
    expect(() => compileFilter({ match: ['**'], exclude: [cruel, cruel] })).toThrow(cruel);
    const filter = compileFilter({ match: [cruel], exclude: [cruel] });
    const startedAt = performance.now();
    for (let count = 0; count < 20; count++) expect(filter(`${'a'.repeat(254)}z`)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('a filter takes what one pattern fits and none excludes', () => {
    const filter = compileFilter({ match: ['v*', 'latest'], exclude: ['*-dev'] });
    expect(['v1', 'latest', 'v1-dev', 'nightly'].map(filter)).toEqual([true, true, false, false]);
  });
});
