import { isServiceError, type RpcMethod } from '@berth/contracts';
import type { Logger } from '@berth/runtime';
import type { RpcHandler, RpcServer } from './port.ts';

/**
 * An RPC server whose handlers' errors leave as what `errorOf` makes of them: the words of callers. Those that tell of a
 * failing store are logged, with their cause.
 */
export function rpcDoor(
  server: RpcServer,
  { errorOf, logger }: { readonly errorOf: (error: unknown) => unknown; readonly logger: Logger },
): RpcServer {
  return {
    serve<M extends RpcMethod>(method: M, handler: RpcHandler<M>): void {
      server.serve(method, async (request, context) => {
        try {
          return await handler(request, context);
        } catch (cause) {
          const error = errorOf(cause);
          if (error !== cause && isServiceError(error, 'STORAGE_FULL', 'UNAVAILABLE')) {
            const { requestId } = context;
            logger.warn('the document store failed', { method: method.method, requestId, error });
          }
          throw error;
        }
      });
    },
  };
}
