import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpError } from '../http-error.ts';

/**
 * The `ETag` of a version of a resource (RFC 9110 section 8.8.3). `shown` is what is answered, for a resource that shows
 * more than its own document (counts, tags) and so changes without its version: the tag then names both, and
 * `If-Match` looks at the version alone.
 */
export function etag(version: number, shown?: unknown): string {
  if (shown === undefined) return `"${version}"`;
  return `"${version}-${hash('sha256', JSON.stringify(shown), 'base64url').slice(0, 16)}"`;
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
  if (version !== undefined && namesVersion(header, version)) return;
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
  if (header === undefined || version === undefined || !namesVersion(header, version)) return;
  throw new HttpError(412, 'PRECONDITION_FAILED', `If-None-Match is ${header.slice(0, 100)}, but it exists`);
}

/** Both, as a use case asks it before each try of its write. */
export function versionRequirement(request: IncomingMessage): (version: number | undefined) => void {
  return (version) => {
    requireIfMatch(request, version);
    requireIfNoneMatch(request, version);
  };
}

/** True when a GET may be answered with 304: the client has this version, or what this `ETag` stands for. */
export function isNotModified(request: IncomingMessage, current: number | string): boolean {
  const header = request.headers['if-none-match'];
  if (header === undefined) return false;
  const wanted = typeof current === 'number' ? etag(current) : current;
  return header.trim() === '*' || tagsOf(header).includes(wanted);
}

function namesVersion(header: string, version: number): boolean {
  if (header.trim() === '*') return true;
  return tagsOf(header).some((tag) => tag === `"${version}"` || tag.startsWith(`"${version}-`));
}

function tagsOf(header: string): string[] {
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}
