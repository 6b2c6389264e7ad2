import { describe, expect, test } from '@jest/globals';
import { parseExpiry, parsePast } from '../expiry.ts';
import { parseOrigin } from '../origin.ts';
import { showSize, showTime } from '../output/format.ts';
import { parseReference } from '../reference.ts';

const now = new Date('2030-01-02T03:04:05Z');
const digest = `sha256:${'a'.repeat(64)}`;

describe('an origin', () => {
  test.each([
    ['https://berth.example.com', 'https://berth.example.com'],
    ['https://berth.example.com/', 'https://berth.example.com'],
    ['HTTPS://Berth.Example.com:443', 'https://berth.example.com'],
    ['berth.example.com', 'https://berth.example.com'],
    ['berth.example.com:8443', 'https://berth.example.com:8443'],
    ['http://berth.example.com', 'http://berth.example.com'],
    ['localhost:5000', 'http://localhost:5000'],
    ['localhost', 'http://localhost'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['[::1]:5000', 'http://[::1]:5000'],
    ['https://localhost:5000', 'https://localhost:5000'],
  ])('%s is %s', (text, expected) => {
    expect(parseOrigin(text)).toBe(expected);
  });

  test.each(['', 'ftp://a', 'https://a/b', 'https://a?b', 'https://a#b', 'a b', 'https://u:p@a'])(
    '%j is none',
    (text) => {
      expect(() => parseOrigin(text)).toThrow('origin');
    },
  );
});

describe('a reference', () => {
  const origin = 'http://localhost:5000';
  test.each([
    ['acme/web', { registry: 'acme', image: 'web' }],
    ['acme/team/web:1.0', { registry: 'acme', image: 'team/web', tag: '1.0' }],
    [`acme/web@${digest}`, { registry: 'acme', image: 'web', digest }],
    [`acme/web:1.0@${digest}`, { registry: 'acme', image: 'web', tag: '1.0', digest }],
    ['localhost:5000/acme/web:1.0', { registry: 'acme', image: 'web', tag: '1.0' }],
    ['localhost:5000/acme/web', { registry: 'acme', image: 'web' }],
  ])('%s is taken apart', (text, expected) => {
    expect(parseReference(text, origin)).toEqual(expected);
  });

  test.each([
    '',
    'acme',
    '/web',
    'acme/',
    'acme:1.0',
    'localhost:5000/acme',
    `acme/web@${digest}@${digest}`,
    'acme/web@1',
  ])('%j is none', (text) => {
    expect(() => parseReference(text, origin)).toThrow(/names no image|is no digest/);
  });
});

describe('a time', () => {
  test.each([
    ['2030-01-02T03:04:04Z', 'now'],
    ['2030-01-02T03:03:05Z', '1 minute ago'],
    ['2030-01-01T03:04:05Z', '1 day ago'],
    ['2029-11-02T03:04:05Z', '2 months ago'],
    ['2020-01-02T03:04:05Z', '10 years ago'],
    ['2030-01-02T05:04:05Z', 'in 2 hours'],
    [null, '-'],
  ])('%s is "%s"', (time, expected) => {
    expect(showTime(time, { now, isWide: false })).toBe(expected);
  });

  test.each([
    ['30d', '2030-02-01T03:04:05.000Z'],
    ['12h', '2030-01-02T15:04:05.000Z'],
    ['2w', '2030-01-16T03:04:05.000Z'],
    ['2031-01-01', '2031-01-01T00:00:00.000Z'],
    ['2031-01-01T00:00:00+02:00', '2030-12-31T22:00:00.000Z'],
    ['never', null],
  ])('to expire at: %s is %s', (given, expected) => {
    expect(parseExpiry(given, now)).toBe(expected);
  });

  test('since: 90m is an hour and a half ago', () => {
    expect(parsePast('90m', now)).toBe('2030-01-02T01:34:05.000Z');
  });

  test.each(['', 'tomorrow', '30', '1y', '2030-13-01'])('%j is none', (given) => {
    expect(() => parsePast(given, now)).toThrow('is no time');
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 kB'],
  [12_345, '12.3 kB'],
  [123_456_789, '123 MB'],
  [5_000_000_000_000, '5 TB'],
])('%d bytes are "%s"', (size, expected) => {
  expect(showSize(size)).toBe(expected);
});
