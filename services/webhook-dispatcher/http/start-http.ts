import { rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import { WEBHOOK_ROUTES } from '@berth/contracts';
import { serviceErrorOf } from '@berth/document-store';
import {
  bindRoutes,
  createManagementAuthorizer,
  type HttpServer,
  problemRenderer,
  rpcAccess,
  rpcRegistries,
  startHttpServer,
} from '@berth/http';
import type { Lifecycle } from '@berth/runtime';
import type { Dispatcher } from '../dispatcher.ts';
import { requireWebhook, webhookNotFound } from '../webhooks/find-webhook.ts';
import { deliveryHandlers } from './delivery-handlers.ts';
import { webhookHandlers } from './webhook-handlers.ts';

/** `/api/v1/webhooks`. */
export async function startHttp(
  dispatcher: Dispatcher,
  options: {
    readonly host: string;
    readonly port: number;
    readonly trustedProxies: readonly string[];
    readonly life: Lifecycle;
    readonly caller: RpcCaller;
  },
): Promise<HttpServer> {
  const { caller, ...server } = options;
  const render = problemRenderer();
  return await startHttpServer({
    ...server,
    routes: bindRoutes(WEBHOOK_ROUTES, { ...webhookHandlers(dispatcher), ...deliveryHandlers(dispatcher) }),
    authorize: createManagementAuthorizer({
      access: rpcAccess(caller),
      rolesAllow,
      registries: rpcRegistries(caller),
      async registryOfObject({ params }) {
        const { id, registryId } = await requireWebhook(dispatcher.records, params.id ?? '');
        return { registryId, notFound: () => webhookNotFound(id) };
      },
    }),
    renderError: (error, request) => render(serviceErrorOf(error), request),
  });
}
