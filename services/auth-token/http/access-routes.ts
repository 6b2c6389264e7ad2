import { ACCESS_ROUTES, type ManagementAction } from '@berth/contracts';
import { type BoundRoute, bindRoutes, type ManagementIdentity } from '@berth/http';
import type { AccessService } from '../access-service.ts';
import { auditHandlers } from './audit-handlers.ts';
import { grantHandlers } from './grant-handlers.ts';
import { keyHandlers } from './key-handlers.ts';
import { robotHandlers } from './robot-handlers.ts';
import { sessionHandlers } from './session-handlers.ts';
import { userHandlers } from './user-handlers.ts';

/** `/api/v1/access` and `/api/v1/audit`. */
export function accessRoutes(service: AccessService): BoundRoute<ManagementAction, ManagementIdentity>[] {
  return bindRoutes(ACCESS_ROUTES, {
    ...sessionHandlers(service),
    ...userHandlers(service),
    ...keyHandlers(service),
    ...robotHandlers(service),
    ...grantHandlers(service),
    ...auditHandlers(service),
  });
}
