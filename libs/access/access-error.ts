export type AccessErrorCode =
  /** A scope list that is too long, or holds too many scopes. */
  | 'SCOPE_LIMIT'
  /** Not a token of this platform: malformed, wrong signature, algorithm, issuer, audience or claims. */
  | 'TOKEN_INVALID'
  | 'TOKEN_EXPIRED'
  /** Signed by a key that is not published (any more). */
  | 'KEY_UNKNOWN'
  /** The published keys cannot be had now; `cause` says why. */
  | 'KEYS_UNAVAILABLE'
  /** A token that would live longer than MAX_TOKEN_LIFETIME_SECONDS, or not at all. */
  | 'LIFETIME_INVALID'
  /** Not 32 bytes in base64 or hex. */
  | 'PLATFORM_KEY_INVALID'
  /** Sealed with another platform key, for another purpose, or damaged. */
  | 'SEAL_BROKEN';

/** What this package refuses. Messages never hold a token, a key or a secret. */
export class AccessError extends Error {
  readonly code: AccessErrorCode;

  constructor(code: AccessErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AccessError';
    this.code = code;
  }
}

/** True for an AccessError with one of the codes; with any, when none is named. */
export function isAccessError(error: unknown, ...codes: AccessErrorCode[]): error is AccessError {
  return error instanceof AccessError && (codes.length === 0 || codes.includes(error.code));
}
