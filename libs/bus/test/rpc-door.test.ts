import { lookupRegistries, ServiceError } from '@berth/contracts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { rpcDoor } from '../index.ts';
import { startTestBus, type TestBus } from '../testing/index.ts';
import { recordingLogger } from './parts/recording-logger.ts';

let testBus: TestBus;
beforeEach(async () => {
  testBus = await startTestBus();
});
afterEach(() => testBus.stop());

test.each([
  ['of the store, which the log tells of', new Error('/secret.db is full'), 'STORAGE_FULL', 1],
  ['of a handler, in words already', new ServiceError('UNAVAILABLE', 'metadata is away'), 'UNAVAILABLE', 0],
  ['of a handler, about the request', new ServiceError('NAME_INVALID', 'no'), 'NAME_INVALID', 0],
])('An error %s, reaches the caller in words for it', async (_name, thrown, code, lines) => {
  const logger = recordingLogger();
  const errorOf = (error: unknown) =>
    error instanceof ServiceError
      ? error
      : new ServiceError('STORAGE_FULL', 'there is no room', { cause: error });
  rpcDoor(testBus.bus, { errorOf, logger }).serve(lookupRegistries, () => Promise.reject(thrown));
  const refusal = await testBus.bus.call(lookupRegistries, { names: ['acme'] }).catch((error) => error);
  expect(refusal).toMatchObject({ code, message: expect.not.stringContaining('secret') });
  expect(logger.lines.filter(({ message }) => message === 'the document store failed')).toHaveLength(lines);
});
