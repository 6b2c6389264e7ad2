import { rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import { CLEANUP_ROUTES, SWEEP_ROUTES } from '@berth/contracts';
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
import type { Cleaner } from '../cleaner.ts';
import { policyHandlers } from './policy-handlers.ts';
import { registryOf } from './registry-of.ts';
import { runHandlers } from './run-handlers.ts';
import { sweepHandlers } from './sweep-handlers.ts';

/** `/api/v1/cleanup`. */
export async function startHttp(
  cleaner: Cleaner,
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
    routes: [
      ...bindRoutes(SWEEP_ROUTES, sweepHandlers(cleaner)),
      ...bindRoutes(CLEANUP_ROUTES, { ...policyHandlers(cleaner), ...runHandlers(cleaner) }),
    ],
    authorize: createManagementAuthorizer({
      access: rpcAccess(caller),
      rolesAllow,
      registries: rpcRegistries(caller),
      registryOfObject: (asked) => registryOf(cleaner.records, asked),
    }),
    renderError: (error, request) => render(serviceErrorOf(error), request),
  });
}
