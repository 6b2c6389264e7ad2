import {
  ANONYMOUS,
  authenticate,
  type Credential,
  effectiveRoles,
  lookupRegistries,
  type ManagementAction,
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
import { jsonBody } from './json-body.ts';

/** The registry that a request is about. */
export interface RegistryFacts {
  readonly id: string;
  readonly name: string;
  readonly isPublic: boolean;
}

/** Who asks, and as what. `roles` are those for the request's registry, or for all where it is about none. */
export interface ManagementIdentity {
  readonly principal: Principal;
  readonly roles: readonly Role[];
  readonly registry?: RegistryFacts;
}

/** Who is this, and what may they do? auth-token by RPC, or within auth-token itself. */
export interface AccessSource {
  authenticate(credential: Credential, asked: Asked): Promise<Principal>;
  /** In one registry, by its id, or in all. */
  effectiveRoles(
    principal: Principal,
    registryId: string | undefined,
    asked: Asked,
  ): Promise<readonly Role[]>;
}

/** Registries that are there; null for others. */
export interface RegistryLookup {
  byName(name: string, asked: Asked): Promise<RegistryFacts | null>;
  byId(id: string, asked: Asked): Promise<RegistryFacts | null>;
}

/** The registry that the object of a path belongs to, `*` for all, and what is answered to those who may not see it. */
export interface ObjectRegistry {
  readonly registryId: string;
  readonly notFound: () => Error;
}

export interface ManagementAuthorizerOptions {
  readonly access: AccessSource;
  /** `rolesAllow` of @berth/access. */
  readonly rolesAllow: (roles: readonly Role[], action: ManagementAction) => boolean;
  readonly registries: RegistryLookup;
  /** For routes with `registry: 'object'`; throws the error of an object that does not exist. */
  readonly registryOfObject?: (asked: Asked) => Promise<ObjectRegistry>;
}

interface Scope {
  readonly registry?: RegistryFacts;
  readonly notFound: () => Error;
}

/**
 * Makes the `authorize` of a management API (api.md sections 3 and 5): Basic or a session as Bearer, asked anew each time so
 * that a revoked key or a changed role holds at once. The route says where it names its registry (`RegistrySource`).
 *
 * - `public` routes take anybody, though not with wrong credentials; others answer 401 without any
 * - a registry or object that is missing, or that the caller may not know of, is the same 404
 * - everybody who is known is a viewer of a public registry
 * - else a missing role is 403 and named
 */
export function createManagementAuthorizer(
  options: ManagementAuthorizerOptions,
): (action: ManagementAction, asked: Asked) => Promise<ManagementIdentity> {
  const { access, rolesAllow } = options;

  return async (action, asked) => {
    const credential = credentialOf(asked.request.headers.authorization);
    const principal = credential === undefined ? ANONYMOUS : await access.authenticate(credential, asked);
    if (action === 'public') return { principal, roles: [] };
    if (principal.kind === 'anonymous') throw new HttpError(401, 'UNAUTHORIZED', 'this needs a login');
    if (action === 'signedIn') return { principal, roles: [] };

    const { registry, notFound } = await scopeOf(options, asked);
    const granted = await access.effectiveRoles(principal, registry?.id, asked);
    const roles: readonly Role[] = registry?.isPublic ? [...granted, 'viewer'] : granted;
    if (rolesAllow(roles, action)) return registry ? { principal, roles, registry } : { principal, roles };
    if (roles.length === 0 && (registry !== undefined || asked.route.registry === 'object')) throw notFound();
    const where = registry === undefined ? 'the system' : `registry "${registry.name}"`;
    throw new HttpError(403, 'DENIED', `"${principal.name}" is not ${action} of ${where}, which this needs`);
  };
}

/** The access source of all services but auth-token. */
export function rpcAccess(caller: RpcCaller): AccessSource {
  return {
    async authenticate(credential, asked) {
      const address = asked.clientAddress.slice(0, 64);
      return (await caller.call(authenticate, { credential, address }, asked)).principal;
    },
    async effectiveRoles(principal, registryId, asked) {
      const request = registryId === undefined ? { principal } : { principal, registryId };
      return (await caller.call(effectiveRoles, request, asked)).roles;
    },
  };
}

/** The registries of all services but metadata. */
export function rpcRegistries(caller: RpcCaller): RegistryLookup {
  async function find(request: RpcRequest<typeof lookupRegistries>, asked: Asked) {
    const [found] = (await caller.call(lookupRegistries, request, asked)).registries;
    if (found === undefined || found.state === 'deleting') return null;
    return { id: found.id, name: found.name, isPublic: found.visibility === 'public' };
  }
  return {
    byName: async (name, asked) => (name.length > 255 ? null : await find({ names: [name] }, asked)),
    byId: (id, asked) => find({ ids: [id] }, asked),
  };
}

/** What of the bus it needs. */
interface RpcCaller {
  call<M extends RpcMethod>(
    method: M,
    request: RpcRequest<M>,
    options?: { readonly requestId?: string },
  ): Promise<RpcResponse<M>>;
}

async function scopeOf(options: ManagementAuthorizerOptions, asked: Asked): Promise<Scope> {
  if (asked.route.registry === 'object') return await scopeOfObject(options, asked);
  const name = await namedRegistry(asked);
  if (name === undefined || name === '*') return { notFound: () => registryNotFound('*') };
  const registry = await options.registries.byName(name, asked);
  if (registry === null) throw registryNotFound(name);
  return { registry, notFound: () => registryNotFound(name) };
}

async function scopeOfObject(options: ManagementAuthorizerOptions, asked: Asked): Promise<Scope> {
  if (options.registryOfObject === undefined) throw new TypeError(`${asked.route.id}: whose is its object?`);
  const { registryId, notFound } = await options.registryOfObject(asked);
  if (registryId === '*') return { notFound };
  const registry = await options.registries.byId(registryId, asked);
  if (registry === null) throw notFound();
  return { registry, notFound };
}

async function namedRegistry({ route, params, query, request }: Asked): Promise<string | undefined> {
  switch (route.registry) {
    case 'path':
      return params.registry ?? '';
    case 'query':
      return query.get('registry') ?? undefined;
    case 'body': {
      const body = await jsonBody(request);
      const { registry } = (body ?? {}) as { registry?: unknown };
      if (typeof registry === 'string') return registry;
      const problem = { path: '/registry', message: 'must be the name of a registry' };
      throw new HttpError(400, 'BODY_INVALID', `the body is not valid: ${problem.path} ${problem.message}`, {
        errors: [problem],
      });
    }
    default:
      return undefined;
  }
}

function credentialOf(header: string | undefined): Credential | undefined {
  const given = parseAuthorization(header);
  if (given === undefined) return undefined;
  return given.scheme === 'bearer'
    ? { kind: 'session', token: given.token.slice(0, 8_192) }
    : { kind: 'basic', username: given.username, password: given.password };
}

function registryNotFound(name: string): ServiceError {
  return new ServiceError('REGISTRY_NOT_FOUND', `registry "${name.slice(0, 300)}" does not exist`);
}
