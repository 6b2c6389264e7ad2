import { createHash } from 'node:crypto';
import {
  accessAllows,
  formatScope,
  isAccessError,
  leastRoleFor,
  parseScope,
  type RegistryAction,
  type TokenVerifier,
} from '@berth/access';
import type { RpcCaller } from '@berth/bus';
import {
  ANONYMOUS,
  type Credential,
  grantScopes,
  isServiceError,
  type Principal,
  type Scope,
} from '@berth/contracts';
import { type Asked, parseAuthorization } from '@berth/http';
import { OciError, parseRepositoryName } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import { AccessDenied } from './access-denied.ts';

/** Who asks, and what the request may do besides what its route needs. */
export interface RegistryIdentity {
  readonly principal: Principal;
  readonly access: readonly Scope[];
  /** May the caller pull from another repository, as the source of a mount? */
  canPull(name: string): Promise<boolean>;
}

export interface AuthorizerOptions {
  readonly verifier: TokenVerifier;
  readonly bus: RpcCaller;
  /** The origin that the client sees. */
  readonly originOf: (asked: Asked) => string;
}

interface Granted {
  readonly principal: Principal;
  readonly access: readonly Scope[];
}

/** How long an answer of auth-token to Basic or to nobody counts. */
const GRANTED_MS = 5_000;

/**
 * The access check of `/v2` (api.md section 2). Bearer tokens are verified here; Basic, and no credentials at all, are
 * asked of auth-token, shortly remembered. Refusals: 401 with a challenge, 403 DENIED for Basic without the role.
 */
export function createRegistryAuthorizer(options: AuthorizerOptions) {
  const { verifier, bus } = options;
  const granted = new LRUCache<string, Promise<Granted>>({ max: 10_000, ttl: GRANTED_MS });

  /** What the caller holds of a repository, by its Basic credential or as the public; a remembered answer only where it is enough. */
  async function ask(
    asked: Asked,
    { name, action }: { name: string | undefined; action: RegistryAction },
    credential: Credential | undefined,
  ): Promise<Granted> {
    const scopes =
      name === undefined ? CATALOG : [{ type: 'repository', name, actions: ['pull', 'push', 'delete'] }];
    const key = createHash('sha256')
      .update(JSON.stringify([credential === undefined ? null : asked.request.headers.authorization, name]))
      .digest('base64');
    const known = await granted.get(key);
    if (known && accessAllows(known.access, name ?? '', action)) return known;
    const address = asked.clientAddress.slice(0, 64);
    const answer = bus.call(grantScopes, { scopes, address, ...(credential && { credential }) }, asked);
    granted.set(key, answer);
    answer.catch(() => granted.delete(key));
    return await answer;
  }

  async function byToken(token: string, challenge: Challenge): Promise<Granted> {
    const known = verifier.verified(token);
    if (known) return known;
    try {
      return await verifier.verify(token);
    } catch (error) {
      if (isAccessError(error, 'KEYS_UNAVAILABLE'))
        throw new OciError('UNAVAILABLE', { message: error.message, cause: error });
      if (isAccessError(error))
        throw unauthorized(challenge, { error: 'invalid_token', description: error.message });
      throw error;
    }
  }

  return async (action: RegistryAction, asked: Asked): Promise<RegistryIdentity> => {
    const { name } = asked.params;
    if (name !== undefined) parseRepositoryName(name);
    if (action === 'public') return { principal: ANONYMOUS, access: [], canPull: async () => false };
    const challenge = { realm: `${options.originOf(asked)}/token`, scope: scopeText(action, asked) };
    const given = readAuthorization(asked, challenge);
    if (given?.scheme === 'bearer') {
      const { principal, access } = await byToken(given.token, challenge);
      if (!accessAllows(access, name ?? '', action))
        throw insufficient(challenge, action, { principal, name });
      return { principal, access, canPull: async (other) => accessAllows(access, other, 'pull') };
    }
    if (!given && (action === 'login' || action === 'catalog')) throw unauthorized(challenge);
    const credential: Credential | undefined = given && {
      kind: 'basic',
      username: given.username,
      password: given.password,
    };
    const { principal, access } = await ask(asked, { name, action }, credential).catch((error: unknown) => {
      throw isServiceError(error, 'UNAUTHORIZED')
        ? unauthorized(challenge, { description: error.message })
        : error;
    });
    if (!accessAllows(access, name ?? '', action)) {
      if (!given) throw unauthorized(challenge);
      throw new OciError('DENIED', { message: missingRole(action, { principal, name }) });
    }
    const canPull = async (other: string) =>
      accessAllows((await ask(asked, { name: other, action: 'pull' }, credential)).access, other, 'pull');
    return { principal, access, canPull };
  };
}

const CATALOG: Scope[] = [{ type: 'registry', name: 'catalog', actions: ['*'] }];

interface Challenge {
  readonly realm: string;
  readonly scope: string | undefined;
}

function readAuthorization({ request }: Asked, challenge: Challenge) {
  try {
    return parseAuthorization(request.headers.authorization);
  } catch (error) {
    throw unauthorized(challenge, { description: error instanceof Error ? error.message : String(error) });
  }
}

/** What a client is told to ask a token for: also to pull where a mount comes from. */
function scopeText(action: RegistryAction, { params: { name }, query }: Asked): string | undefined {
  if (action === 'catalog') return 'registry:catalog:*';
  if (name === undefined) return undefined;
  const actions = {
    pull: 'pull',
    pullOrPush: 'pull',
    push: 'pull,push',
    delete: 'delete',
    login: '',
    public: '',
  };
  const scope = `repository:${name}:${actions[action]}`;
  const source = action === 'push' ? parseScope(`repository:${query.get('from') ?? ''}:pull`) : null;
  return source === null ? scope : `${scope} ${formatScope(source)}`;
}

function unauthorized(
  challenge: Challenge,
  why: { error?: string; description?: string } = {},
): AccessDenied {
  const fields = {
    realm: challenge.realm,
    service: 'berth',
    scope: challenge.scope,
    error: why.error,
    error_description: why.error === undefined ? undefined : why.description,
  };
  const text = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}="${value.replace(/["\\]/g, '')}"`],
  );
  const error = new OciError('UNAUTHORIZED', { message: why.description });
  return new AccessDenied(error, { 'WWW-Authenticate': `Bearer ${text.join(',')}` });
}

function insufficient(challenge: Challenge, action: RegistryAction, who: Who): AccessDenied {
  return unauthorized(challenge, { error: 'insufficient_scope', description: missingRole(action, who) });
}

interface Who {
  readonly principal: Principal;
  readonly name: string | undefined;
}

function missingRole(action: RegistryAction, { principal, name }: Who): string {
  if (action === 'catalog') return 'this needs a token with the scope registry:catalog:*';
  if (action === 'login' || action === 'public') return 'this needs a login';
  const what = action === 'pullOrPush' ? 'pull or push' : action;
  return `'${principal.name}' needs the role ${leastRoleFor(action)} to ${what} on ${name}, or a token with that scope`;
}
