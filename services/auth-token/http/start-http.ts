import type { RpcCaller } from '@berth/bus';
import { serviceErrorOf } from '@berth/document-store';
import { type HttpServer, problemRenderer, startHttpServer } from '@berth/http';
import type { Lifecycle } from '@berth/runtime';
import type { AccessService } from '../access-service.ts';
import { accessRoutes } from './access-routes.ts';
import { createCallerAuthorizer } from './authorize-caller.ts';
import { renderTokenError } from './token-error.ts';
import { tokenRoutes } from './token-routes.ts';

const MANAGEMENT_PATH = '/api/';

/** Two APIs on one port, each with its own form of errors. */
export function startHttp(
  service: AccessService,
  options: {
    readonly host: string;
    readonly port: number;
    readonly trustedProxies: readonly string[];
    readonly life: Lifecycle;
    readonly caller: RpcCaller;
  },
): Promise<HttpServer> {
  const renderProblem = problemRenderer();
  return startHttpServer({
    ...options,
    routes: [...tokenRoutes(service), ...accessRoutes(service)],
    authorize: createCallerAuthorizer(service, options.caller),
    renderError(cause, request) {
      const error = serviceErrorOf(cause);
      return request.url.startsWith(MANAGEMENT_PATH)
        ? renderProblem(error, request)
        : renderTokenError(error);
    },
  });
}
