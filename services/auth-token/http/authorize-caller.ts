import { rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import type { ManagementAction } from '@berth/contracts';
import {
  type Asked,
  createManagementAuthorizer,
  type ManagementIdentity,
  type ObjectRegistry,
  rpcRegistries,
} from '@berth/http';
import type { AccessService } from '../access-service.ts';
import { grantNotFound, requireGrant } from '../grants/find-grant.ts';
import { requireRobot, robotNotFound } from '../robots/find-robot.ts';
import { addressOf } from './exchange-parts.ts';
import { ROUTES } from './routes.ts';

const ROBOTS = '/api/v1/access/robots/';
const TOKEN_ROUTES: readonly string[] = Object.values(ROUTES).map(({ id }) => id);

/** The access check of the management API, which asks itself where other services ask this one. */
export function createCallerAuthorizer(
  service: Pick<AccessService, 'facts' | 'authenticator' | 'registryAccess'>,
  caller: RpcCaller,
): (action: ManagementAction, asked: Asked) => Promise<ManagementIdentity> {
  const { facts, authenticator, registryAccess } = service;
  return createManagementAuthorizer({
    access: {
      authenticate: (credential, asked) =>
        authenticator.authenticate(credential, {
          address: addressOf(asked),
          via: TOKEN_ROUTES.includes(asked.route.id) ? 'docker' : 'api',
        }),
      effectiveRoles: (principal, registryId) => registryAccess.effectiveRoles(principal, registryId),
    },
    rolesAllow,
    registries: rpcRegistries(caller),
    async registryOfObject({ route, params }): Promise<ObjectRegistry> {
      const id = params.id ?? '';
      if (route.pattern.startsWith(ROBOTS)) {
        const { registryId } = await requireRobot(facts, id);
        return { registryId, notFound: () => robotNotFound(id) };
      }
      const { registryId } = await requireGrant(facts, id);
      return { registryId, notFound: () => grantNotFound(id) };
    },
  });
}
