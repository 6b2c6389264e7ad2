import { describe, expect, test } from '@jest/globals';
import { createSecretBox, isAccessError, parsePlatformKey } from '../index.ts';

const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7));

describe('a platform key', () => {
  test.each([
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['a line of a file', `${bytes.toString('base64')}\n`],
  ])('is read from %s', (_name, text) => {
    expect(Buffer.from(parsePlatformKey(text))).toEqual(bytes);
  });

  test.each([
    [''],
    ['secret'],
    [bytes.subarray(1).toString('base64')],
    [`${bytes.toString('hex')}00`],
    [`${bytes.toString('hex').slice(1)}g`],
  ])('is not %j, and the error does not repeat it', (text) => {
    const error = errorOf(() => parsePlatformKey(text));
    expect(isAccessError(error, 'PLATFORM_KEY_INVALID')).toBe(true);
    if (text !== '') expect(String(error)).not.toContain(text);
  });
});

describe('a sealed secret', () => {
  const box = createSecretBox(bytes);

  test('opens with the same key for the same purpose, and never looks the same', () => {
    const sealed = box.seal('sécret', 'signing key k1');
    expect(box.open(sealed, 'signing key k1')).toBe('sécret');
    expect(sealed).not.toContain('cret');
    expect(box.seal('sécret', 'signing key k1')).not.toBe(sealed);
  });

  test.each<[string, (sealed: string) => string]>([
    ['for another purpose', (sealed) => box.open(sealed, 'signing key k2')],
    ['with another key', (sealed) => createSecretBox(Buffer.alloc(32, 1)).open(sealed, 'signing key k1')],
    [
      'when a byte differs',
      (sealed) => box.open(`${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'Q' : 'A'}`, 'signing key k1'),
    ],
    ['when it is cut', (sealed) => box.open(sealed.slice(0, -8), 'signing key k1')],
    ['of another format', (sealed) => box.open(sealed.replace('v1', 'v2'), 'signing key k1')],
    ['of nothing', () => box.open('', 'signing key k1')],
  ])('does not open %s', (_name, open) => {
    const sealed = box.seal('secret', 'signing key k1');
    expect(
      isAccessError(
        errorOf(() => open(sealed)),
        'SEAL_BROKEN',
      ),
    ).toBe(true);
  });
});

function errorOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
