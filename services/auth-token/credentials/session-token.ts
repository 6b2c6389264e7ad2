import { createHash, randomBytes } from 'node:crypto';

/** So that secret scanners, and people, know what they have found. */
const PREFIX = 'berth_session_';
const FORM = /^berth_session_[A-Za-z0-9_-]{43}$/;

/** A new session token: 256 random bits behind a prefix. */
export function newSessionToken(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** The id that the session of a token is stored under, its SHA-256; undefined when the text is no session token. */
export function sessionIdOf(token: string): string | undefined {
  return FORM.test(token) ? createHash('sha256').update(token).digest('hex') : undefined;
}
