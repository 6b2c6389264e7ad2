import { describe, expect, test } from '@jest/globals';
import { parseContentRange, parseRange } from '../http/byte-range.ts';
import { isKnown } from '../http/entity-tag.ts';

describe('the Range of a blob of 100 bytes', () => {
  test.each([
    [undefined, null],
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=90-500', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=0-1,5-6', null],
    ['lines=0-1', null],
    ['bytes=a-b', null],
    ['bytes=-', null],
  ])('%j is %j', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });

  test.each(['bytes=100-', 'bytes=200-300', 'bytes=50-0', 'bytes=-0'])('%j holds no byte of it', (header) => {
    expect(() => parseRange(header, 100)).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }));
  });

  test('nothing is within an empty blob', () => {
    expect(() => parseRange('bytes=0-0', 0)).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }));
  });
});

describe('the Content-Range of a chunk', () => {
  test.each([
    [undefined, null],
    ['0-9', { start: 0, sizeBytes: 10 }],
    ['bytes 10-19/*', { start: 10, sizeBytes: 10 }],
    ['bytes=10-19', { start: 10, sizeBytes: 10 }],
  ])('%j is %j', (header, range) => {
    expect(parseContentRange(header)).toEqual(range);
  });

  test.each(['', '9-0', '5-', '-5', 'a-b', '0-9, 10-19'])('%j is malformed', (header) => {
    expect(() => parseContentRange(header)).toThrow(expect.objectContaining({ code: 'BLOB_UPLOAD_INVALID' }));
  });
});

test.each([
  [undefined, false],
  ['"sha256:a"', true],
  ['W/"sha256:a"', true],
  ['"x", "sha256:a"', true],
  ['*', true],
  ['"sha256:b"', false],
  ['sha256:a', false],
])('If-None-Match %j knows sha256:a: %s', (header, known) => {
  expect(isKnown(header, 'sha256:a')).toBe(known);
});
