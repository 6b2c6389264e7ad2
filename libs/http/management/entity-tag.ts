import type { IncomingMessage } from 'node:http';
import { HttpError } from '../http-error.ts';

/** The `ETag` of a version of a resource (RFC 9110 section 8.8.3). */
export function etag(version: number): string {
  return `"${version}"`;
}

/**
 * Holds `If-Match` against the version that is stored; undefined when there is none.
 * A weak tag counts as its strong one: compressing gateways weaken what we gave out.
 *
 * @throws HttpError PRECONDITION_FAILED (412)
 */
export function requireIfMatch(request: IncomingMessage, version: number | undefined): void {
  const header = request.headers['if-match'];
  if (header === undefined) return;
  if (version !== undefined && names(header, version)) return;
  const current = version === undefined ? 'there is nothing now' : `the current one is ${etag(version)}`;
  throw new HttpError(412, 'PRECONDITION_FAILED', `If-Match is ${header.slice(0, 100)}, but ${current}`);
}

/**
 * Holds `If-None-Match` of a write against what is stored: with `*`, there must be nothing.
 *
 * @throws HttpError PRECONDITION_FAILED (412)
 */
export function requireIfNoneMatch(request: IncomingMessage, version: number | undefined): void {
  const header = request.headers['if-none-match'];
  if (header === undefined || version === undefined || !names(header, version)) return;
  throw new HttpError(412, 'PRECONDITION_FAILED', `If-None-Match is ${header.slice(0, 100)}, but it exists`);
}

/** True when a GET may be answered with 304: the client has this version. */
export function isNotModified(request: IncomingMessage, version: number): boolean {
  const header = request.headers['if-none-match'];
  return header !== undefined && names(header, version);
}

function names(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  const wanted = etag(version);
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === wanted);
}
