import { AccessError, formatScope, parseScopes } from '@berth/access';
import type { ManagementAction, Principal } from '@berth/contracts';
import type { ManagementIdentity } from '@berth/http';
import { type BoundRoute, HttpError, parseAuthorization, sendJson } from '@berth/http';
import type { AccessService } from '../access-service.ts';
import { createRefreshToken, principalOfRefreshToken } from '../sessions/refresh-token.ts';
import { addressOf, type ManagementExchange, NO_STORE } from './exchange-parts.ts';
import { ROUTES } from './routes.ts';
import { readTokenForm, wantsOffline } from './token-form.ts';

/** Verifiers ask again for a key that they do not know; a minute less than a new key is published ahead is enough. */
const JWKS_CACHE = { 'Cache-Control': 'public, max-age=30' } as const;

interface TokenRequest {
  readonly principal: Principal;
  /** What was shown, when it was a name with a password or secret. */
  readonly login: { readonly username: string; readonly password: string } | undefined;
  readonly isOffline: boolean;
  readonly scopes: readonly string[];
}

/**
 * `/token` as the Docker token specification has it, GET and OAuth2 POST, and the keys to verify with. `service` is
 * taken as it comes: a token is for this registry whatever a proxy in front calls it.
 */
export function tokenRoutes(service: AccessService): BoundRoute<ManagementAction, ManagementIdentity>[] {
  const { facts, authenticator, passwords, records, registryAccess, tokens, keys } = service;

  async function answer(exchange: ManagementExchange, asked: TokenRequest): Promise<void> {
    const { principal, login } = asked;
    const access = await registryAccess.grantScopes(principal, readScopes(asked.scopes));
    const { token, expiresInSeconds, issuedAt } = await tokens.issue(principal, access);
    const refreshToken = await refreshTokenFor(exchange, asked);
    if (login !== undefined) await recordLogin(exchange, asked);
    const body = {
      token,
      access_token: token,
      expires_in: expiresInSeconds,
      issued_at: issuedAt,
      scope: access.map(formatScope).join(' '),
      ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    };
    sendJson(exchange.response, 200, body, NO_STORE);
  }

  /** For a person's password alone. The user is read anew together with it, so that it is the token of that password. */
  async function refreshTokenFor(
    exchange: ManagementExchange,
    { principal, login, isOffline }: TokenRequest,
  ): Promise<string | undefined> {
    if (!isOffline || login === undefined || principal.kind !== 'user') return undefined;
    const user = await passwords.signIn({ ...login, address: addressOf(exchange), via: 'docker' });
    return await createRefreshToken(facts, user);
  }

  /** `docker login` asks for no scope; pushes and pulls, which ask for some, come all the time. */
  async function recordLogin(
    exchange: ManagementExchange,
    { principal, scopes }: TokenRequest,
  ): Promise<void> {
    const place = { address: addressOf(exchange), via: 'docker' } as const;
    if (scopes.length === 0) await records.succeeded(principal, place);
    else await records.repeated(principal, place);
  }

  return [
    {
      ...ROUTES.getToken,
      handle: (exchange) =>
        answer(exchange, {
          principal: exchange.identity.principal,
          login: loginInHeader(exchange),
          isOffline: wantsOffline(exchange.query),
          scopes: exchange.query.getAll('scope'),
        }),
    },
    {
      ...ROUTES.postToken,
      async handle(exchange) {
        const form = await readTokenForm(exchange.request);
        await answer(exchange, { ...form, ...(await callerOf(exchange, form)) });
      },
    },
    {
      ...ROUTES.jwks,
      handle: async ({ response }) => sendJson(response, 200, { keys: keys.published() }, JWKS_CACHE),
    },
  ];

  async function callerOf(
    exchange: ManagementExchange,
    { login, refreshToken }: Awaited<ReturnType<typeof readTokenForm>>,
  ): Promise<Pick<TokenRequest, 'principal' | 'login'>> {
    if (refreshToken !== undefined)
      return { principal: await principalOfRefreshToken(facts, refreshToken), login: undefined };
    if (login === undefined)
      return { principal: exchange.identity.principal, login: loginInHeader(exchange) };
    const place = { address: addressOf(exchange), via: 'docker' } as const;
    return { principal: await authenticator.authenticate({ kind: 'basic', ...login }, place), login };
  }
}

function loginInHeader({ request }: ManagementExchange): TokenRequest['login'] {
  const given = parseAuthorization(request.headers.authorization);
  return given?.scheme === 'basic' ? given : undefined;
}

function readScopes(values: readonly string[]): ReturnType<typeof parseScopes> {
  try {
    return parseScopes(values);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    throw new HttpError(400, 'INVALID_SCOPE', error.message, { cause: error });
  }
}
