import { rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import { REPLICATION_ROUTES } from '@berth/contracts';
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
import { policyNotFound, requirePolicy } from '../policies/find-policy.ts';
import type { Replicator } from '../ports.ts';
import { requireRun, runNotFound } from '../runs/find-run.ts';
import { endpointHandlers } from './endpoint-handlers.ts';
import { policyHandlers } from './policy-handlers.ts';
import { runHandlers } from './run-handlers.ts';

/** `/api/v1/replication`. */
export async function startHttp(
  replicator: Replicator,
  options: {
    readonly host: string;
    readonly port: number;
    readonly trustedProxies: readonly string[];
    readonly life: Lifecycle;
    readonly caller: RpcCaller;
  },
): Promise<HttpServer> {
  const { caller, ...server } = options;
  const { records } = replicator;
  const render = problemRenderer();
  return await startHttpServer({
    ...server,
    routes: bindRoutes(REPLICATION_ROUTES, {
      ...endpointHandlers(replicator),
      ...policyHandlers(replicator),
      ...runHandlers(replicator),
    }),
    authorize: createManagementAuthorizer({
      access: rpcAccess(caller),
      rolesAllow,
      registries: rpcRegistries(caller),
      async registryOfObject({ params: { id = '', runId } }) {
        if (runId !== undefined) {
          const { registryId } = await requireRun(records, runId);
          return { registryId, notFound: () => runNotFound(runId) };
        }
        const { registryId } = await requirePolicy(records, id);
        return { registryId, notFound: () => policyNotFound(id) };
      },
    }),
    renderError: (error, request) => render(serviceErrorOf(error), request),
  });
}
