import type { IncomingMessage } from 'node:http';
import { HttpError, readBody } from '@berth/http';

const MAX_FORM_BYTES = 32 * 1_024;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

export interface TokenForm {
  /** Undefined when the form names none: the `Authorization` header counts, or the public asks. */
  readonly login: { readonly username: string; readonly password: string } | undefined;
  /** Of `grant_type=refresh_token`. */
  readonly refreshToken: string | undefined;
  /** A refresh token is wanted as well. */
  readonly isOffline: boolean;
  readonly scopes: readonly string[];
}

/**
 * The form of an OAuth2 token request with `grant_type` `password` or `refresh_token` (RFC 6749 sections 4.3 and 6, Docker
 * token specification); a form without a grant type is one with `password`. `client_id` and `service` are taken and
 * decide nothing.
 *
 * @throws HttpError INVALID_REQUEST, UNSUPPORTED_GRANT_TYPE (400), MEDIA_TYPE_UNSUPPORTED (415), those of `readBody`
 */
export async function readTokenForm(request: IncomingMessage): Promise<TokenForm> {
  const type = request.headers['content-type'];
  if (type !== undefined && !FORM_TYPE.test(type)) {
    const message = `the body must be application/x-www-form-urlencoded, not "${type.slice(0, 100)}"`;
    throw new HttpError(415, 'MEDIA_TYPE_UNSUPPORTED', message);
  }
  const form = new URLSearchParams((await readBody(request, { maxBytes: MAX_FORM_BYTES })).toString('utf8'));
  const grantType = form.get('grant_type') ?? 'password';
  if (grantType !== 'password' && grantType !== 'refresh_token') {
    const message = `grant_type "${grantType.slice(0, 100)}" is not offered; use "password" or "refresh_token"`;
    throw new HttpError(400, 'UNSUPPORTED_GRANT_TYPE', message);
  }
  const isRefresh = grantType === 'refresh_token';
  return {
    login: isRefresh ? undefined : loginOf(form),
    refreshToken: isRefresh ? required(form, 'refresh_token') : undefined,
    isOffline: !isRefresh && (form.get('access_type') === 'offline' || wantsOffline(form)),
    scopes: form.getAll('scope'),
  };
}

/** `offline_token=true`, which docker also sends with GET. */
export function wantsOffline(parameters: URLSearchParams): boolean {
  return parameters.get('offline_token') === 'true';
}

function loginOf(form: URLSearchParams): TokenForm['login'] {
  if (!form.has('username') && !form.has('password')) return undefined;
  return { username: required(form, 'username'), password: required(form, 'password') };
}

function required(form: URLSearchParams, field: string): string {
  const value = form.get(field);
  if (value === null) throw new HttpError(400, 'INVALID_REQUEST', `${field} is missing`);
  return value;
}
