import type { ManagementAction, ManagementRoutes } from '@berth/contracts';
import { type BoundRoute, type Handler, pathExpression } from '../route.ts';
import type { ManagementIdentity } from './management-authorizer.ts';

/** What answers each operation of a table. */
export type ManagementHandlers<Routes extends ManagementRoutes> = Readonly<
  Record<keyof Routes, Handler<ManagementIdentity>>
>;

/** Tables of the management API with their handlers, as `startHttpServer` takes them. */
export function bindRoutes<Routes extends ManagementRoutes>(
  routes: Routes,
  handlers: ManagementHandlers<Routes>,
): BoundRoute<ManagementAction, ManagementIdentity>[] {
  return Object.entries(routes).map(([id, route]) => ({
    ...route,
    id,
    expression: pathExpression(route.pattern),
    handle: handlers[id as keyof Routes],
  }));
}
