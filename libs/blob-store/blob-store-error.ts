export type BlobStoreErrorCode =
  | 'KEY_UNKNOWN'
  | 'KEY_EXISTS'
  | 'KEY_INVALID'
  | 'STATE_INVALID'
  | 'RANGE_INVALID'
  | 'STORAGE_FULL'
  | 'UNAVAILABLE'
  | 'URL_INVALID';

/** What a blob store refuses; the message carries the key. */
export class BlobStoreError extends Error {
  readonly code: BlobStoreErrorCode;

  constructor(code: BlobStoreErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BlobStoreError';
    this.code = code;
  }
}

export function isBlobStoreError(error: unknown, ...codes: BlobStoreErrorCode[]): error is BlobStoreError {
  return error instanceof BlobStoreError && (codes.length === 0 || codes.includes(error.code));
}
