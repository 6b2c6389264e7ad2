import type { IncomingMessage } from 'node:http';
import { HttpError, readBody } from '@berth/http';

const MAX_FORM_BYTES = 32 * 1_024;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

export interface TokenForm {
  /** Undefined when the form names none: the `Authorization` header counts, or the public asks. */
  readonly login: { readonly username: string; readonly password: string } | undefined;
  readonly scopes: readonly string[];
}

/**
 * The form of an OAuth2 token request with `grant_type=password` (RFC 6749 section 4.3, Docker token specification),
 * which is also what a form without a grant type asks for.
 * `client_id`, `service` and `access_type` are taken and decide nothing.
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
  if (grantType !== 'password') {
    const message = `grant_type "${grantType.slice(0, 100)}" is not offered; use "password"`;
    throw new HttpError(400, 'UNSUPPORTED_GRANT_TYPE', message);
  }
  const [username, password] = [form.get('username'), form.get('password')];
  if ((username === null) !== (password === null)) {
    throw new HttpError(400, 'INVALID_REQUEST', `${username === null ? 'username' : 'password'} is missing`);
  }
  return {
    login: username === null || password === null ? undefined : { username, password },
    scopes: form.getAll('scope'),
  };
}
