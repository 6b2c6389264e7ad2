import { AccessError, formatScope, parseScopes } from '@berth/access';
import type { ManagementAction, Principal } from '@berth/contracts';
import { type BoundRoute, type Exchange, HttpError, type ManagementIdentity, sendJson } from '@berth/http';
import type { AccessService } from '../access-service.ts';
import { ROUTES } from './routes.ts';
import { readTokenForm } from './token-form.ts';

const NO_STORE = { 'Cache-Control': 'no-store' } as const;
/** Verifiers ask again for a key that they do not know; a minute less than a new key is published ahead is enough. */
const JWKS_CACHE = { 'Cache-Control': 'public, max-age=30' } as const;

/**
 * `/token` as the Docker token specification has it, GET and OAuth2 POST, and the keys to verify with. `service` is
 * taken as it comes: a token is for this registry whatever a proxy in front calls it.
 */
export function tokenRoutes(service: AccessService): BoundRoute<ManagementAction, ManagementIdentity>[] {
  const { authenticator, registryAccess, tokens, keys } = service;

  async function answer(
    { response }: Exchange<ManagementIdentity>,
    grant: { readonly principal: Principal; readonly scopes: readonly string[] },
  ): Promise<void> {
    const access = await registryAccess.grantScopes(grant.principal, readScopes(grant.scopes));
    const { token, expiresInSeconds, issuedAt } = await tokens.issue(grant.principal, access);
    const body = {
      token,
      access_token: token,
      expires_in: expiresInSeconds,
      issued_at: issuedAt,
      scope: access.map(formatScope).join(' '),
    };
    sendJson(response, 200, body, NO_STORE);
  }

  return [
    {
      ...ROUTES.getToken,
      handle: (exchange) =>
        answer(exchange, { principal: exchange.identity.principal, scopes: exchange.query.getAll('scope') }),
    },
    {
      ...ROUTES.postToken,
      async handle(exchange) {
        const { login, scopes } = await readTokenForm(exchange.request);
        const principal =
          login === undefined
            ? exchange.identity.principal
            : await authenticator.authenticate({ kind: 'basic', ...login }, exchange.clientAddress);
        await answer(exchange, { principal, scopes });
      },
    },
    {
      ...ROUTES.jwks,
      handle: async ({ response }) => sendJson(response, 200, { keys: keys.published() }, JWKS_CACHE),
    },
  ];
}

function readScopes(values: readonly string[]): ReturnType<typeof parseScopes> {
  try {
    return parseScopes(values);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    throw new HttpError(400, 'INVALID_SCOPE', error.message, { cause: error });
  }
}
