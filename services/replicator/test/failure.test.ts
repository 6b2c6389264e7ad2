import { ServiceError } from '@berth/contracts';
import { RegistryClientError } from '@berth/registry-client';
import { expect, test } from '@jest/globals';
import { nextPauseMs } from '../tasks/failure.ts';

const refused = (status: number, retryAfterMs: number | null = null) =>
  new RegistryClientError('REFUSED', `answered ${status}`, { status, retryAfterMs });
const first = { tries: 0, retryPauseMs: 100 };

test.each([408, 429, 500, 502, 503, 504])('a %i is tried again', (status) => {
  expect(nextPauseMs(refused(status), first)).toBe(100);
});

test.each([400, 401, 403, 404, 405, 413])('a %i is not', (status) => {
  expect(nextPauseMs(refused(status), first)).toBeNull();
});

test('a broken connection, and a bus that is away, are tried again; wrong bytes are not', () => {
  expect(nextPauseMs(new RegistryClientError('UNREACHABLE', 'reset'), first)).toBe(100);
  expect(nextPauseMs(new ServiceError('UNAVAILABLE', 'no bus'), first)).toBe(100);
  expect(nextPauseMs(new ServiceError('POLICY_NOT_FOUND', 'gone'), first)).toBeNull();
  expect(nextPauseMs(new RegistryClientError('DIGEST_MISMATCH', 'wrong'), first)).toBeNull();
  expect(nextPauseMs(new TypeError('a defect'), first)).toBeNull();
});

test('pauses triple, are as long as the other side asked, and end after the sixth try', () => {
  const pauses = [0, 1, 2, 3, 4, 5].map((tries) => nextPauseMs(refused(503), { tries, retryPauseMs: 100 }));
  expect(pauses).toEqual([100, 300, 900, 2_700, 8_100, null]);
  expect(nextPauseMs(refused(429, 60_000), first)).toBe(60_000);
  expect(nextPauseMs(refused(429, 1e12), first)).toBe(3_600_000);
});

test('what an event told of is tried for a day, at the longest pause in the end', () => {
  const pauseAfter = (tries: number, waitedMs: number, status = 503) =>
    nextPauseMs(refused(status), { tries, retryPauseMs: 5_000, waitedMs });
  expect([4, 5, 50].map((tries) => pauseAfter(tries, 3_600_000))).toEqual([405_000, 900_000, 900_000]);
  expect(pauseAfter(100, 25 * 3_600_000)).toBeNull();
  expect(pauseAfter(0, 0, 403)).toBeNull();
});

test.each([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])('a certificate that is not trusted (%s) is not tried again', (code) => {
  const cause = Object.assign(new Error('certificate'), { code });
  expect(nextPauseMs(new RegistryClientError('UNREACHABLE', 'no', { cause }), first)).toBeNull();
});
