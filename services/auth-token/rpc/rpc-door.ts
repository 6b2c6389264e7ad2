import type { RpcHandler, RpcServer } from '@berth/bus';
import type { RpcMethod } from '@berth/contracts';
import { serviceErrorOf } from '../service-error-of.ts';

/** An RPC server whose handlers' errors leave as ServiceErrors. */
export function rpcDoor(server: RpcServer): RpcServer {
  return {
    serve<M extends RpcMethod>(method: M, handler: RpcHandler<M>): void {
      server.serve(method, async (request, context) => {
        try {
          return await handler(request, context);
        } catch (error) {
          throw serviceErrorOf(error);
        }
      });
    },
  };
}
