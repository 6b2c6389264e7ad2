import { ServiceError } from '@berth/contracts';
import { expect, test } from '@jest/globals';
import { StoreError, type StoreErrorCode, serviceErrorOf } from '../index.ts';

test.each<[StoreErrorCode, string]>([
  ['STORAGE_FULL', 'STORAGE_FULL'],
  ['UNAVAILABLE', 'UNAVAILABLE'],
  ['CURSOR_INVALID', 'PAGE_INVALID'],
  ['VERSION_CONFLICT', 'VERSION_CONFLICT'],
])('%s of a store is told as %s, in words without its path', (code, expected) => {
  const cause = new StoreError(code, '/var/lib/berth/secret.db says no');
  const told = serviceErrorOf(cause);
  expect(told).toBeInstanceOf(ServiceError);
  expect(told).toMatchObject({ code: expected, cause });
  expect((told as ServiceError).message).not.toContain('secret');
});

test.each([
  ['a defect of ours', new StoreError('BODY_INVALID', 'no name')],
  ['another error', new TypeError('x')],
  ['what is in words already', new ServiceError('DENIED', 'no')],
])('%s stays what it is', (_name, error) => {
  expect(serviceErrorOf(error)).toBe(error);
});
