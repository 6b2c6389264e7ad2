import type { ManagementAction } from '@berth/contracts';
import { pathExpression, type Route } from '@berth/http';

const TOKEN = '/token';
const JWKS = '/.well-known/jwks.json';
/** What auth-token answers outside `/api/v1`, as data. */
export const ROUTES = {
  getToken: {
    id: 'token.get',
    method: 'GET',
    pattern: TOKEN,
    expression: pathExpression(TOKEN),
    action: 'public',
    summary: 'A registry token (Docker token specification)',
  },
  postToken: {
    id: 'token.post',
    method: 'POST',
    pattern: TOKEN,
    expression: pathExpression(TOKEN),
    action: 'public',
    summary: 'A registry token (Docker token specification, OAuth2)',
  },
  jwks: {
    id: 'token.keys',
    method: 'GET',
    pattern: JWKS,
    expression: pathExpression(JWKS),
    action: 'public',
    summary: 'The keys that registry tokens are verified with (RFC 7517)',
  },
} as const satisfies Record<string, Route<ManagementAction>>;
