import { STATUS_CODES } from 'node:http';
import { MANAGEMENT_STATUS, ServiceError, type ServiceErrorCode } from '@berth/contracts';
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
      const status = statuses[error.code] ?? MANAGEMENT_STATUS[error.code];
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
