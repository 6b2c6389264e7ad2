import { describe, expect, test } from '@jest/globals';
import { formatScope, isAccessError, parseScope, parseScopes } from '../index.ts';

describe('a scope', () => {
  test.each([
    ['repository:acme/web:pull', 'repository:acme/web:pull'],
    ['repository:acme/web:push,pull', 'repository:acme/web:pull,push'],
    ['repository:acme/web:pull,pull,pull', 'repository:acme/web:pull'],
    ['repository:acme/web:*', 'repository:acme/web:*'],
    ['repository:acme/web:delete', 'repository:acme/web:delete'],
    ['repository:acme/web:pull,fly', 'repository:acme/web:pull'],
    ['repository(plugin):acme/web:pull', 'repository:acme/web:pull'],
    ['repository:127.0.0.1:5000/acme/web:pull', 'repository:127.0.0.1:5000/acme/web:pull'],
    ['repository:host.example:5000/a/b:c/d:pull', 'repository:host.example:5000/a/b:c/d:pull'],
    ['registry:catalog:*', 'registry:catalog:*'],
  ])('%s is read as %s', (text, expected) => {
    const scope = parseScope(text);
    expect(scope && formatScope(scope)).toBe(expected);
  });

  test.each([
    [''],
    [':'],
    ['::'],
    ['repository'],
    ['repository:acme/web'],
    ['repository::pull'],
    ['repository:acme/web:'],
    ['repository:acme/web:fly'],
    ['repository:acme/web:PULL'],
    ['Repository:acme/web:pull'],
    ['repository(plugin:acme/web:pull'],
    ['repository():acme/web:pull'],
    ['tenant:acme:pull'],
    ['constructor:acme:pull'],
    ['repository:acme\tweb:pull'],
    ['repository:acme"web:pull'],
    ['repository:acmé:pull'],
    [`repository:${'a'.repeat(513)}:pull`],
  ])('%j is none', (text) => {
    expect(parseScope(text)).toBeNull();
  });
});

describe('the scopes of a request', () => {
  test('come in one value or several, merged by resource in their first order, what is none left out', () => {
    const scopes = parseScopes([
      'repository:b/x:pull repository:a/x:pull  nonsense',
      'repository(plugin):b/x:push',
      '',
      'registry:catalog:*',
    ]);
    expect(scopes.map(formatScope)).toEqual([
      'repository:b/x:pull,push',
      'repository:a/x:pull',
      'registry:catalog:*',
    ]);
  });

  test('are at most 64', () => {
    const named = (count: number) => Array.from({ length: count }, (_, i) => `repository:a/${i}:pull`);
    expect(parseScopes(named(64))).toHaveLength(64);
    expect(refusalOf(() => parseScopes(named(65)))).toBe('SCOPE_LIMIT');
    expect(parseScopes(Array.from({ length: 200 }, () => 'repository:a/b:pull'))).toHaveLength(1);
  });

  test('are at most 16,384 characters together', () => {
    expect(parseScopes([`x${' '.repeat(16_383)}`])).toEqual([]);
    expect(refusalOf(() => parseScopes([' '.repeat(16_384), 'x']))).toBe('SCOPE_LIMIT');
  });
});

function refusalOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return isAccessError(error) ? error.code : String(error);
  }
  return undefined;
}
