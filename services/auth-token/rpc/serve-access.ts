import type { RpcServer } from '@berth/bus';
import {
  ANONYMOUS,
  authenticate,
  effectiveRoles,
  grantScopes,
  signingKeys,
  visibleRegistries,
} from '@berth/contracts';
import type { AccessService } from '../access-service.ts';
import { rpcDoor } from './rpc-door.ts';

/** What the other services ask: who is this, and what may they do. */
export function serveAccess(bus: RpcServer, service: AccessService): void {
  const server = rpcDoor(bus);
  const { authenticator, registryAccess, keys } = service;
  server.serve(authenticate, async ({ credential, address }) => ({
    principal: await authenticator.authenticate(credential, { address, via: 'api' }),
  }));
  server.serve(effectiveRoles, async ({ principal, registryId }) => ({
    roles: await registryAccess.effectiveRoles(principal, registryId),
  }));
  server.serve(grantScopes, async ({ credential, scopes, address }) => {
    const principal =
      credential === undefined
        ? ANONYMOUS
        : await authenticator.authenticate(credential, { address, via: 'docker' });
    return { principal, access: await registryAccess.grantScopes(principal, scopes) };
  });
  server.serve(visibleRegistries, async ({ principal }) => await registryAccess.visibleRegistries(principal));
  server.serve(signingKeys, async () => ({ keys: keys.published().map((key) => ({ ...key })) }));
}
