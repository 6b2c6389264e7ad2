import { type RpcServer, rpcDoor } from '@berth/bus';
import {
  ANONYMOUS,
  authenticate,
  effectiveRoles,
  grantScopes,
  issueServiceToken,
  signingKeys,
  visibleRegistries,
} from '@berth/contracts';
import { serviceErrorOf } from '@berth/document-store';
import type { AccessService } from '../access-service.ts';

/** What the other services ask: who is this, and what may they do. */
export function serveAccess(bus: RpcServer, service: AccessService): void {
  const server = rpcDoor(bus, { errorOf: serviceErrorOf, logger: service.facts.logger });
  const { authenticator, registryAccess, keys, tokens } = service;
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
  server.serve(issueServiceToken, async ({ forService, scopes }) => {
    const principal = { id: forService, kind: 'service', name: forService, isAdmin: false } as const;
    const { token, expiresInSeconds } = await tokens.issue(principal, scopes);
    return { token, expiresInSeconds };
  });
  server.serve(visibleRegistries, async ({ principal }) => await registryAccess.visibleRegistries(principal));
  server.serve(signingKeys, async () => ({ keys: keys.published().map((key) => ({ ...key })) }));
}
