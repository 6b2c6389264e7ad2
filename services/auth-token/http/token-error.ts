import { ServiceError } from '@berth/contracts';
import { HttpError, type RenderedError } from '@berth/http';
import { OCI_ERRORS, type OciErrorCode } from '@berth/oci';

const CHALLENGE = 'Basic realm="berth", charset="UTF-8"';

/** By the code of the cause: the OCI code of the answer, and the OAuth2 one (RFC 6749 section 5.2). */
const CODES: Readonly<Record<string, readonly [OciErrorCode, string]>> = {
  UNAUTHORIZED: ['UNAUTHORIZED', 'invalid_grant'],
  DENIED: ['DENIED', 'access_denied'],
  TOO_MANY_REQUESTS: ['TOOMANYREQUESTS', 'temporarily_unavailable'],
  UNAVAILABLE: ['UNAVAILABLE', 'temporarily_unavailable'],
  STORAGE_FULL: ['UNAVAILABLE', 'temporarily_unavailable'],
  DEADLINE_EXCEEDED: ['UNAVAILABLE', 'temporarily_unavailable'],
  UNSUPPORTED_GRANT_TYPE: ['UNSUPPORTED', 'unsupported_grant_type'],
  METHOD_NOT_ALLOWED: ['UNSUPPORTED', 'invalid_request'],
  INVALID_SCOPE: ['REQUEST_INVALID', 'invalid_scope'],
};
const OTHER = ['REQUEST_INVALID', 'invalid_request'] as const;
const DEFECT = ['UNKNOWN', 'server_error'] as const;

/**
 * Errors of `/token`: the OCI form (distribution specification, "Error Codes"), which clients print, with the OAuth2
 * members beside it. 401 comes with a Basic challenge.
 */
export function renderTokenError(error: unknown): RenderedError {
  if (error instanceof HttpError) {
    return render(CODES[error.code] ?? OTHER, error.message, {
      status: error.status,
      headers: error.headers,
    });
  }
  if (error instanceof ServiceError && CODES[error.code] !== undefined) {
    return render(CODES[error.code] ?? OTHER, error.message, { headers: retryAfter(error) });
  }
  return render(DEFECT, 'something went wrong here; the log tells more');
}

function render(
  [code, oauthCode]: readonly [OciErrorCode, string],
  message: string,
  {
    status = OCI_ERRORS[code].status,
    headers = {},
  }: { status?: number; headers?: RenderedError['headers'] } = {},
): RenderedError {
  return {
    status,
    headers: {
      'Cache-Control': 'no-store',
      ...(status === 401 && { 'WWW-Authenticate': CHALLENGE }),
      ...headers,
    },
    body: { errors: [{ code, message }], error: oauthCode, error_description: message },
  };
}

function retryAfter({ code, detail }: ServiceError): Record<string, string> {
  const seconds = (detail as { retryAfterSeconds?: unknown } | undefined)?.retryAfterSeconds;
  if (typeof seconds === 'number') return { 'Retry-After': String(seconds) };
  return CODES[code]?.[0] === 'UNAVAILABLE' ? { 'Retry-After': '1' } : {};
}
