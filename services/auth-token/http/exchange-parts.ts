import type { Principal } from '@berth/contracts';
import { type Asked, type Exchange, HttpError, type ManagementIdentity } from '@berth/http';
import type { Origin } from '../events.ts';

export type ManagementExchange = Exchange<ManagementIdentity>;

const MAX_ADDRESS_LENGTH = 64;
/** RFC 3339: the offset is not optional. */
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** All answers here are somebody's own. */
export const NO_STORE = { 'Cache-Control': 'no-store' } as const;
/** Nothing that is sent here is larger. */
export const MAX_BODY = { maxBytes: 64 * 1_024 } as const;

/** The client's address as logins and events keep it. */
export function addressOf({ clientAddress }: Pick<Asked, 'clientAddress'>): string {
  return clientAddress.slice(0, MAX_ADDRESS_LENGTH);
}

export function originOf(exchange: ManagementExchange): Origin {
  const { id, kind, name }: Principal = exchange.identity.principal;
  return { actor: { id, kind, name }, via: 'api', address: addressOf(exchange) };
}

/**
 * A time that a client gave, in UTC with milliseconds. `path` names it in the error.
 *
 * @throws HttpError BODY_INVALID or QUERY_INVALID (400)
 */
export function parseTimestamp(
  text: string,
  { path, code }: { readonly path: string; readonly code: 'BODY_INVALID' | 'QUERY_INVALID' },
): string {
  const at = TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  const message = `must be a time as in RFC 3339, 2027-01-31T12:00:00Z (got ${JSON.stringify(text.slice(0, 100))})`;
  throw new HttpError(400, code, `${path} ${message}`, { errors: [{ path, message }] });
}

/** `expiresAt` of a body, if it has one: undefined for never. @throws HttpError BODY_INVALID (400) also for the past */
export function parseExpiry(
  expiresAt: string | null | undefined,
  now: number,
): { readonly expiresAt?: string } {
  if (expiresAt === undefined || expiresAt === null) return {};
  const path = '/expiresAt';
  const time = parseTimestamp(expiresAt, { path, code: 'BODY_INVALID' });
  if (Date.parse(time) > now) return { expiresAt: time };
  const message = `must lie in the future (got "${expiresAt}")`;
  throw new HttpError(400, 'BODY_INVALID', `${path} ${message}`, { errors: [{ path, message }] });
}
