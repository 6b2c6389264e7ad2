import { describe, expect, test } from '@jest/globals';
import { decodeRequest, decodeResponse, encodeAnswer, encodeRefusal, encodeRequest } from '../rpc-frame.ts';

const MESSAGES: [string, string | null, Record<string, unknown>][] = [
  ['no fields', null, {}],
  ['text in several scripts and line ends', null, { text: 'a\nb\u2028 ü 漢 🚢', list: [1, 'x'] }],
  ['bytes with line ends', 'bytes', { text: 'ü', bytes: Buffer.from([10, 0, 255, 10]) }],
  ['no bytes where some could be', 'bytes', { text: '漢' }],
  ['bytes of length zero', 'bytes', { text: 'x', bytes: Buffer.alloc(0) }],
];

describe.each(MESSAGES)('A message with %s', (_what, bytesField, message) => {
  test('arrives as a request with its deadline and id', () => {
    const frame = encodeRequest({ timeoutMs: 1234, requestId: 'id with blanks', message }, bytesField);
    expect(decodeRequest(frame, bytesField)).toEqual({
      timeoutMs: 1234,
      requestId: 'id with blanks',
      message,
    });
  });

  test('arrives as an answer, also when the frame is a view of a larger buffer', () => {
    const frame = encodeAnswer(message, bytesField);
    const around = new Uint8Array(frame.byteLength + 20);
    around.set(frame, 10);
    const view = around.subarray(10, 10 + frame.byteLength);
    expect(decodeResponse(view, bytesField)).toEqual({ ok: true, message });
  });
});

test('A refusal arrives with code, message and detail', () => {
  const frame = encodeRefusal('UPLOAD_RANGE', 'no', { offsetBytes: 3 });
  for (const field of [null, 'bytes']) {
    expect(decodeResponse(frame, field)).toEqual({
      ok: false,
      code: 'UPLOAD_RANGE',
      text: 'no',
      detail: { offsetBytes: 3 },
    });
  }
});

test.each([
  '',
  'no line',
  '\n{}',
  'x - id\n{}',
  '5 -\n{}',
  '5 - id\n',
  '5 - id\n[',
  '5 - id\nnull',
  '5 99 id\n{}',
  '5 -3 id\n{}',
  '5 x id\n{}',
])('%j is no request', (text) => {
  expect(() => decodeRequest(Buffer.from(text), 'bytes')).toThrow(SyntaxError);
});
