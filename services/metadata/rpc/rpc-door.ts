import type { RpcHandler, RpcServer } from '@berth/bus';
import { isServiceError, type RpcMethod } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import { serviceErrorOf } from '../service-error-of.ts';

/** An RPC server whose handlers' errors leave as ServiceErrors; the causes of those of the store are logged. */
export function rpcDoor(server: RpcServer, logger: Logger): RpcServer {
  return {
    serve<M extends RpcMethod>(method: M, handler: RpcHandler<M>): void {
      server.serve(method, async (request, context) => {
        try {
          return await handler(request, context);
        } catch (error) {
          const refusal = serviceErrorOf(error);
          if (isServiceError(refusal, 'STORAGE_FULL', 'UNAVAILABLE')) {
            const { requestId } = context;
            logger.warn('the document store failed', { method: method.method, requestId, error: refusal });
          }
          throw refusal;
        }
      });
    },
  };
}
