import type { ServerResponse } from 'node:http';
import { compileSchema, type Principal } from '@berth/contracts';
import {
  type Asked,
  type Exchange,
  etag,
  HttpError,
  isNotModified,
  type ManagementIdentity,
  sendEmpty,
  sendJson,
} from '@berth/http';
import type { Static, TObject } from '@sinclair/typebox';
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
 * Makes, once per route, the function that reads the query. Parameters that the schema does not name are refused;
 * numbers are not read (`parsePage` does).
 *
 * @throws HttpError QUERY_INVALID (400)
 */
export function queryReader<S extends TObject>(schema: S): (query: URLSearchParams) => Static<S> {
  const check = compileSchema({ ...schema, additionalProperties: false });
  return (query) => {
    const validated = check(Object.fromEntries(query));
    if (validated.ok) return validated.value as Static<S>;
    const errors = [...validated.violations];
    const detail = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new HttpError(400, 'QUERY_INVALID', `the query is not valid: ${detail}`, { errors });
  };
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

/** Answers with a resource and its version. */
export function sendResource(
  response: ServerResponse,
  {
    status = 200,
    version,
    body,
    location,
  }: {
    readonly status?: 200 | 201;
    readonly version: number;
    readonly body: object;
    readonly location?: string;
  },
): void {
  sendJson(response, status, body, {
    ...NO_STORE,
    ETag: etag(version),
    ...(location !== undefined && { Location: location }),
  });
}

/** Answers a GET: 304 where the client has this version. */
export function sendRead(
  { request, response }: Pick<ManagementExchange, 'request' | 'response'>,
  resource: { readonly version: number; readonly body: object },
): void {
  if (isNotModified(request, resource.version))
    sendEmpty(response, 304, { ...NO_STORE, ETag: etag(resource.version) });
  else sendResource(response, resource);
}
