import { OutboundError, type OutboundErrorCode } from './outbound-error.ts';

const BY_CODE: Readonly<Record<string, OutboundErrorCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'TIMED_OUT',
  UND_ERR_HEADERS_TIMEOUT: 'TIMED_OUT',
  UND_ERR_BODY_TIMEOUT: 'TIMED_OUT',
  ETIMEDOUT: 'TIMED_OUT',
  UND_ERR_HEADERS_OVERFLOW: 'PROTOCOL',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'PROTOCOL',
};

/** Codes of OpenSSL's certificate checks; those of Node begin with ERR_TLS_ or ERR_SSL_. */
const CERTIFICATE = /CERT|^ERR_(TLS|SSL)_|^EPROTO$|UNABLE_TO_VERIFY|CRL_/;

/** What undici, the socket or TLS threw, as the OutboundError that says so of this target. */
export function outboundFailure(error: unknown, what: string): OutboundError {
  if (error instanceof OutboundError) return error;
  const { name, code, message } = describe(error);
  const reason = message || code || name;
  if (name === 'TimeoutError') return new OutboundError('TIMED_OUT', `${what}: ${reason}`, { cause: error });
  if (name === 'AbortError') return new OutboundError('ABORTED', `${what}: aborted`, { cause: error });
  if (name === 'HTTPParserError')
    return new OutboundError('PROTOCOL', `${what}: ${reason}`, { cause: error });
  return new OutboundError(codeOf(code), `${what}: ${reason}`, { cause: error });
}

function codeOf(code: string): OutboundErrorCode {
  return BY_CODE[code] ?? (CERTIFICATE.test(code) ? 'TLS_FAILED' : 'CONNECTION_FAILED');
}

/** Of several addresses that failed, the first says why. */
function describe(error: unknown): { name: string; code: string; message: string } {
  const { errors: [first] = [error] } = error as Partial<AggregateError>;
  const { name = '', code = '', message = '' } = first as Partial<NodeJS.ErrnoException>;
  return { name, code: String(code), message };
}
