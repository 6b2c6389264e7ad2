import { STATUS_CODES } from 'node:http';
import { ServiceError, type ServiceErrorCode } from '@berth/contracts';
import type { Request, Response } from 'express';
import { HttpError, type InputProblem } from '../http-error.ts';
import type { RenderedError } from '../rendered-error.ts';

/** The body of an error under `/api/v1` (RFC 9457); members of a service error's detail stand beside these. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly InputProblem[];
}

/** The status of each code under `/api/v1`. Codes that only `/v2` meets are client errors here too. */
const STATUS: Readonly<Record<ServiceErrorCode, number>> = {
  UNAVAILABLE: 503,
  STORAGE_FULL: 507,
  DEADLINE_EXCEEDED: 503,
  REQUEST_INVALID: 400,
  INTERNAL: 500,
  UNAUTHORIZED: 401,
  DENIED: 403,
  TOO_MANY_REQUESTS: 429,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  NAME_TAKEN: 409,
  REGISTRY_NOT_FOUND: 404,
  REGISTRY_NOT_EMPTY: 409,
  REGISTRY_DELETING: 409,
  IMAGE_NOT_FOUND: 404,
  ARTIFACT_NOT_FOUND: 404,
  ARTIFACT_REFERENCED: 409,
  TAG_NOT_FOUND: 404,
  TAG_INVALID: 400,
  PROTECTED: 403,
  VERSION_CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  BLOB_UNKNOWN: 404,
  BLOB_REFERENCED: 409,
  UPLOAD_UNKNOWN: 404,
  UPLOAD_RANGE: 416,
  UPLOAD_NEEDS_HASH: 409,
  DIGEST_INVALID: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  MANIFEST_BLOB_UNKNOWN: 404,
  SIZE_INVALID: 400,
  PAGE_INVALID: 400,
  USER_NOT_FOUND: 404,
  KEY_NOT_FOUND: 404,
  ROBOT_NOT_FOUND: 404,
  GRANT_NOT_FOUND: 404,
  SUBJECT_NOT_FOUND: 404,
  WEBHOOK_NOT_FOUND: 404,
  DELIVERY_NOT_FOUND: 404,
  POLICY_NOT_FOUND: 404,
  KEY_LIMIT: 409,
  POLICY_LIMIT: 409,
  WEBHOOK_LIMIT: 409,
  GRANT_EXISTS: 409,
  LAST_ADMIN: 409,
  GLOB_INVALID: 400,
  TARGET_REFUSED: 400,
};

/** Bearer alone: a Basic challenge would make browsers ask for a password beside the console's own form. */
const CHALLENGE = 'Bearer realm="berth"';

/**
 * Renders errors as `application/problem+json`. What is neither an HttpError nor a ServiceError is a 500 that tells
 * nothing but the request id.
 *
 * @param statuses for a service's own view of a code
 */
export function problemRenderer(
  statuses: Partial<Readonly<Record<ServiceErrorCode, number>>> = {},
): (error: unknown, request: Request) => RenderedError {
  return (error, request) => {
    if (error instanceof HttpError) {
      const errors = error.errors === undefined ? {} : { errors: error.errors };
      return problem(error.status, error.code, error.message, errors, error.headers);
    }
    if (error instanceof ServiceError && error.code !== 'INTERNAL') {
      const status = statuses[error.code] ?? STATUS[error.code];
      return problem(status, error.code, error.message, membersOf(error), retryHeaders(status, error.detail));
    }
    const requestId = (request.res as Response | undefined)?.getHeader('X-Request-Id');
    return problem(
      500,
      'INTERNAL',
      `something went wrong here; the log tells more of request ${requestId}`,
      {},
      {},
    );
  };
}

function problem(
  status: number,
  code: string,
  detail: string,
  members: object,
  headers: Readonly<Record<string, string>>,
): RenderedError {
  const title = STATUS_CODES[status] ?? 'Error';
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(status === 401 && { 'WWW-Authenticate': CHALLENGE }),
      ...headers,
    },
    body: { ...members, type: 'about:blank', title, status, code, detail } satisfies Problem,
  };
}

/** `existingId`, `tags` and the like; a list of violations becomes `errors`. */
function membersOf({ detail }: ServiceError): object {
  if (Array.isArray(detail)) return { errors: detail };
  if (typeof detail !== 'object' || detail === null) return {};
  const { violations, ...members } = detail as { violations?: unknown };
  return violations === undefined ? members : { ...members, errors: violations };
}

function retryHeaders(status: number, detail: unknown): Record<string, string> {
  const seconds = (detail as { retryAfterSeconds?: unknown } | undefined)?.retryAfterSeconds;
  if (typeof seconds === 'number') return { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) };
  return status === 503 ? { 'Retry-After': '1' } : {};
}
