import { type RpcHandler, type RpcServer, rpcDoor } from '@berth/bus';
import { lookupRegistries, type RpcMethod } from '@berth/contracts';
import { StoreError } from '@berth/document-store';
import { type Logger, silentLogger } from '@berth/runtime';
import { expect, test } from '@jest/globals';
import { serviceErrorOf } from '../service-error-of.ts';

test.each([
  ['STORAGE_FULL', /no room/],
  ['UNAVAILABLE', /try again/],
] as const)('of a store that is %s, callers read no path, and the log has the cause', async (code, text) => {
  const logged: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, fields) => logged.push(fields) };
  let served: RpcHandler<RpcMethod> | undefined;
  const server: RpcServer = {
    serve: (_, handler) => {
      served = handler as unknown as RpcHandler<RpcMethod>;
    },
  };
  const cause = new StoreError(code, 'There is no room for /secret/metadata.db to grow');
  const door = rpcDoor(server, { errorOf: serviceErrorOf, logger });
  door.serve(lookupRegistries, () => Promise.reject(cause));
  const refusal = await served?.({} as never, { requestId: 'r1', deadline: 0 }).catch((error) => error);
  expect(refusal).toMatchObject({ code, message: expect.stringMatching(text) });
  expect(refusal.message).not.toContain('secret');
  expect(refusal.detail).toBeUndefined();
  expect(logged).toEqual([{ method: 'lookupRegistries', requestId: 'r1', error: refusal }]);
  expect(refusal.cause).toBe(cause);
});
