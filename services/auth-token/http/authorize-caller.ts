import { type ManagementAction, rolesAllow } from '@berth/access';
import { ANONYMOUS, type Principal } from '@berth/contracts';
import { type Asked, HttpError, parseAuthorization } from '@berth/http';
import type { AccessService } from '../access-service.ts';

/**
 * Who asks, and may they? Basic or a session as Bearer; wrong credentials are refused everywhere, none only where
 * somebody is needed. HttpError UNAUTHORIZED, DENIED; ServiceError as `Authenticator`.
 */
export function createCallerAuthorizer(
  service: Pick<AccessService, 'authenticator' | 'registryAccess'>,
): (action: ManagementAction, asked: Asked) => Promise<Principal> {
  const { authenticator, registryAccess } = service;
  return async (action, { request, clientAddress }) => {
    const given = parseAuthorization(request.headers.authorization);
    const principal =
      given === undefined
        ? ANONYMOUS
        : await authenticator.authenticate(
            given.scheme === 'bearer'
              ? { kind: 'session', token: given.token }
              : { kind: 'basic', username: given.username, password: given.password },
            clientAddress,
          );
    if (action === 'public') return principal;
    if (principal.kind === 'anonymous') throw new HttpError(401, 'UNAUTHORIZED', 'this needs a login');
    if (action === 'signedIn') return principal;
    if (!rolesAllow(await registryAccess.effectiveRoles(principal), action)) {
      throw new HttpError(
        403,
        'DENIED',
        `"${principal.name}" is not ${action} of the system, which this needs`,
      );
    }
    return principal;
  };
}
