import {
  ANONYMOUS,
  authenticate,
  type Credential,
  effectiveRoles,
  type Principal,
  type Role,
  type RpcMethod,
  type RpcRequest,
  type RpcResponse,
  ServiceError,
} from '@berth/contracts';
import { parseAuthorization } from '../authorization-header.ts';
import { HttpError } from '../http-error.ts';
import type { Asked } from '../route.ts';

/** What of the bus it needs. */
interface RpcCaller {
  call<M extends RpcMethod>(
    method: M,
    request: RpcRequest<M>,
    options?: { readonly requestId?: string },
  ): Promise<RpcResponse<M>>;
}

/** The registry that a request is about. */
export interface RegistryFacts {
  readonly id: string;
  readonly isPublic: boolean;
  /** What is answered to those who may not see it: the very error of a thing that does not exist. */
  readonly notFound?: () => Error;
}

/** Who asks, and as what. `roles` are those for the request's registry, or the system's for a route without one. */
export interface ManagementIdentity {
  readonly principal: Principal;
  readonly roles: readonly Role[];
  readonly registry?: RegistryFacts;
}

export interface ManagementAuthorizerOptions<Action extends string> {
  readonly caller: RpcCaller;
  /** `rolesAllow` of @berth/access. */
  readonly rolesAllow: (roles: readonly Role[], action: Action) => boolean;
  /** The registry of the request: undefined when its route is about none, null when there is no such registry. */
  readonly registryOf: (
    asked: Asked,
  ) => Promise<RegistryFacts | null | undefined> | RegistryFacts | null | undefined;
}

/**
 * Makes the `authorize` of a management API (api.md sections 3 and 5): Basic or a session as Bearer, asked anew each time so
 * that a revoked key or a changed role holds at once.
 *
 * - `public` routes take anybody, though not with wrong credentials; others answer 401 without any
 * - a registry that is missing, or that the caller may not know of, is the same 404
 * - everybody who is known is a viewer of a public registry
 * - else a missing role is 403 and named
 */
export function createManagementAuthorizer<Action extends string>(
  options: ManagementAuthorizerOptions<Action>,
): (action: Action, asked: Asked) => Promise<ManagementIdentity> {
  const { caller, rolesAllow, registryOf } = options;

  async function whoAsks(asked: Asked): Promise<Principal> {
    const credential = credentialOf(asked.request.headers.authorization);
    if (credential === undefined) return ANONYMOUS;
    const address = asked.clientAddress.slice(0, 64);
    const { principal } = await caller.call(authenticate, { credential, address }, asked);
    return principal;
  }

  return async (action, asked) => {
    const principal = await whoAsks(asked);
    if (action === 'public') return { principal, roles: [] };
    if (principal.kind === 'anonymous') throw new HttpError(401, 'UNAUTHORIZED', 'this needs a login');
    if (action === 'signedIn') return { principal, roles: [] };

    const registry = await registryOf(asked);
    if (registry === null) throw notFound(asked);
    const { roles: granted } = await caller.call(
      effectiveRoles,
      registry === undefined ? { principal } : { principal, registryId: registry.id },
      asked,
    );
    const roles: readonly Role[] = registry?.isPublic ? [...granted, 'viewer'] : granted;
    if (!rolesAllow(roles, action)) {
      if (registry !== undefined && roles.length === 0) throw registry.notFound?.() ?? notFound(asked);
      const where = registry === undefined ? 'the system' : 'this registry';
      throw new HttpError(
        403,
        'DENIED',
        `"${principal.name}" is not ${action} of ${where}, which this needs`,
      );
    }
    return registry === undefined ? { principal, roles } : { principal, roles, registry };
  };
}

function credentialOf(header: string | undefined): Credential | undefined {
  const given = parseAuthorization(header);
  if (given === undefined) return undefined;
  return given.scheme === 'bearer'
    ? { kind: 'session', token: given.token.slice(0, 8_192) }
    : { kind: 'basic', username: given.username, password: given.password };
}

function notFound({ params }: Asked): ServiceError {
  return new ServiceError('REGISTRY_NOT_FOUND', `registry "${params.registry ?? ''}" does not exist`);
}
