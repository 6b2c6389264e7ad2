import { rolesAllow } from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import type { ManagementAction } from '@berth/contracts';
import { type Asked, createManagementAuthorizer, type ManagementIdentity, rpcRegistries } from '@berth/http';
import type { AccessService } from '../access-service.ts';

/** The access check of the management API, which asks itself where other services ask this one. */
export function createCallerAuthorizer(
  service: Pick<AccessService, 'authenticator' | 'registryAccess'>,
  caller: RpcCaller,
): (action: ManagementAction, asked: Asked) => Promise<ManagementIdentity> {
  const { authenticator, registryAccess } = service;
  return createManagementAuthorizer({
    access: {
      authenticate: (credential, asked) => authenticator.authenticate(credential, asked.clientAddress),
      effectiveRoles: (principal, registryId) => registryAccess.effectiveRoles(principal, registryId),
    },
    rolesAllow,
    registries: rpcRegistries(caller),
  });
}
