import { HttpError } from './http-error.ts';

/** The credentials of a request as they stand in its `Authorization` header (RFC 7617, RFC 6750). */
export type AuthorizationHeader =
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string };

const MAX_USERNAME = 255;
const MAX_PASSWORD = 4_096;

/**
 * Undefined when there is no header.
 *
 * @throws HttpError UNAUTHORIZED (401) for another scheme and for what cannot be read; it never shows the header
 */
export function parseAuthorization(header: string | undefined): AuthorizationHeader | undefined {
  if (header === undefined || header === '') return undefined;
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +([A-Za-z0-9+/_.~-]+=*) *$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value };
  if (scheme.toLowerCase() !== 'basic') throw unreadable('neither Basic nor Bearer credentials');
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw unreadable('Basic credentials without a colon');
  const [username, password] = [text.slice(0, colon), text.slice(colon + 1)];
  if (username.length > MAX_USERNAME || password.length > MAX_PASSWORD)
    throw unreadable('a user name or password that is too long');
  return { scheme: 'basic', username, password };
}

function unreadable(what: string): HttpError {
  return new HttpError(401, 'UNAUTHORIZED', `the Authorization header holds ${what}`);
}
