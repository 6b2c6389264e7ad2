import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  digestOf,
  formatRepositoryName,
  isDigest,
  isImageName,
  isLowercaseTag,
  isRegistryName,
  isTag,
  OciError,
  ownerOfTag,
  parseDigest,
  parseReference,
  parseRepositoryName,
} from '../index.ts';

const HEX256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return error instanceof OciError ? error.code : String(error);
  }
  return undefined;
}

describe('digests', () => {
  test('are of the bytes, in both algorithms', () => {
    expect(digestOf(new Uint8Array())).toBe(`sha256:${HEX256}`);
    expect(digestOf(new Uint8Array(), 'sha512')).toMatch(/^sha512:cf83e1357eefb8bd/);
  });

  test('come apart into algorithm and hex', () => {
    expect(parseDigest(`sha256:${HEX256}`)).toEqual({
      algorithm: 'sha256',
      hex: HEX256,
      digest: `sha256:${HEX256}`,
    });
  });

  test.each([
    ['', 'empty'],
    ['sha256:baddigeststring', 'not hex'],
    [`sha256:${HEX256.toUpperCase()}`, 'upper case'],
    [`sha256:${HEX256}0`, 'too long'],
    [`sha256:${HEX256}\n`, 'a line break behind'],
    [`sha512:${HEX256}`, 'the wrong length for its algorithm'],
    [`md5:${HEX256.slice(0, 32)}`, 'an unknown algorithm'],
    [`sha256-${HEX256}`, 'a dash for the colon'],
    [`../sha256:${HEX256}`, 'a path in front'],
  ])('%j is refused: %s', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(codeOf(() => parseDigest(text))).toBe('DIGEST_INVALID');
  });
});

describe('repository names', () => {
  test.each([
    ['acme/web', 'acme', 'web'],
    ['acme/team/web', 'acme', 'team/web'],
    ['a/b', 'a', 'b'],
    ['0/1', '0', '1'],
    ['my-org.example__x/w---w', 'my-org.example__x', 'w---w'],
  ])('%s is registry %s, image %s', (text, registry, image) => {
    expect(parseRepositoryName(text)).toEqual({ registry, image });
  });

  test.each([
    ['web', 'no registry'],
    ['', 'empty'],
    ['Acme/web', 'upper case'],
    ['acme/Web', 'upper case in the image'],
    ['acme//web', 'an empty part'],
    ['acme/', 'no image'],
    ['/web', 'no registry in front'],
    ['acme/web/', 'a slash at the end'],
    ['acme/../web', 'dots alone'],
    ['acme/we..b', 'two dots in a row'],
    ['acme/we___b', 'three underscores'],
    ['acme/we._b', 'two separators'],
    ['acme-/web', 'a separator at the end'],
    ['_acme/web', 'a separator in front'],
    ['acme/web\n', 'a line break'],
    ['acme/wéb', 'a letter that is not ASCII'],
    [`acme/${'a'.repeat(251)}`, 'more than 255 characters'],
  ])('%j is refused: %s', (text) => {
    expect(codeOf(() => parseRepositoryName(text))).toBe('NAME_INVALID');
  });

  test('of exactly 255 characters are taken', () => {
    expect(parseRepositoryName(`acme/${'a'.repeat(250)}`).image).toHaveLength(250);
  });

  test('a bare name is told to need a registry', () => {
    expect(() => parseRepositoryName('web')).toThrow(/<registry>\/<image>/);
  });

  test('what the grammar takes is read and written back unchanged', () => {
    const component = fc
      .array(fc.stringMatching(/^[a-z0-9]{1,4}$/), { minLength: 1, maxLength: 4 })
      .chain((words) =>
        fc
          .array(fc.constantFrom('.', '_', '__', '-', '--'), {
            minLength: words.length - 1,
            maxLength: words.length - 1,
          })
          .map((joints) => words.map((word, i) => `${i === 0 ? '' : joints[i - 1]}${word}`).join('')),
      );
    fc.assert(
      fc.property(component, fc.array(component, { minLength: 1, maxLength: 4 }), (registry, parts) => {
        const image = parts.join('/');
        const parsed = parseRepositoryName(`${registry}/${image}`);
        expect(parsed).toEqual({ registry, image });
        expect(formatRepositoryName(parsed)).toBe(`${registry}/${image}`);
        expect(isRegistryName(registry) && isImageName(image)).toBe(true);
      }),
    );
  });

  test('no name makes the check slow', () => {
    expect(isImageName('a-'.repeat(127))).toBe(false);
    expect(isImageName(`${'a'.repeat(254)}!`)).toBe(false);
    expect(isRegistryName('-'.repeat(100_000))).toBe(false);
  });
});

describe('tags', () => {
  test.each([
    ['latest', true, true],
    ['1.0', true, true],
    ['_x', true, true],
    ['V1.0', true, false],
    ['a'.repeat(128), true, true],
    ['a'.repeat(129), false, false],
    ['', false, false],
    ['.x', false, false],
    ['-x', false, false],
    ['a/b', false, false],
    ['a:b', false, false],
    ['a\n', false, false],
  ])('%j: OCI %s, lower-case %s', (tag, oci, lowercase) => {
    expect(isTag(tag)).toBe(oci);
    expect(isLowercaseTag(tag)).toBe(lowercase);
  });

  test.each([
    [`sha256-${HEX256}`, `sha256:${HEX256}`],
    [`sha256-${HEX256}.sig`, `sha256:${HEX256}`],
    [`sha256-${HEX256}.att`, `sha256:${HEX256}`],
    [`sha256-${HEX256}.other`, null],
    ['sha256-abc', null],
    ['latest', null],
  ])('%s is attached to %s', (tag, digest) => {
    expect(ownerOfTag(tag) ?? null).toBe(digest);
  });
});

describe('references', () => {
  test('with a colon are digests, others tags', () => {
    expect(parseReference(`sha256:${HEX256}`)).toEqual({ kind: 'digest', digest: `sha256:${HEX256}` });
    expect(parseReference('v1')).toEqual({ kind: 'tag', tag: 'v1', isValid: true });
    expect(parseReference('.v1')).toEqual({ kind: 'tag', tag: '.v1', isValid: false });
    expect(codeOf(() => parseReference('sha256:x'))).toBe('DIGEST_INVALID');
  });
});
