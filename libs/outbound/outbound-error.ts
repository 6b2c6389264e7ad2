export type OutboundErrorCode =
  /** No http or https URL, or one with credentials in it. Nothing was asked. */
  | 'INVALID_URL'
  /** The target is not on the public internet, and the allow-list does not name it. Nothing was connected to. */
  | 'ADDRESS_NOT_ALLOWED'
  | 'NAME_NOT_RESOLVED'
  /** Refused, reset, or ended before the answer. */
  | 'CONNECTION_FAILED'
  /** The certificate is not trusted or not for this name, or the peer speaks no TLS. */
  | 'TLS_FAILED'
  | 'TIMED_OUT'
  /** A redirect to another host, off https, to no URL, or one too many. */
  | 'REDIRECT_REFUSED'
  /** The answer is not HTTP, or its headers are too large. */
  | 'PROTOCOL'
  /** The caller's signal. */
  | 'ABORTED';

/** Why a call out of the platform brought no answer. The message names the host, and never a query or a header. */
export class OutboundError extends Error {
  readonly code: OutboundErrorCode;

  constructor(code: OutboundErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OutboundError';
    this.code = code;
  }
}
