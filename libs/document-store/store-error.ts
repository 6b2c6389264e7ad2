export type StoreErrorCode =
  | 'ID_TAKEN'
  | 'UNIQUE_TAKEN'
  | 'VERSION_CONFLICT'
  | 'CURSOR_INVALID'
  | 'BODY_INVALID'
  | 'STORAGE_FULL'
  | 'UNAVAILABLE';

/** What a document store refuses. ID_TAKEN, UNIQUE_TAKEN and VERSION_CONFLICT are the ordinary outcomes of a race. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    code: StoreErrorCode,
    message: string,
    options: { detail?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.detail = options.detail ?? {};
  }
}

export function isStoreError(error: unknown, ...codes: StoreErrorCode[]): error is StoreError {
  return error instanceof StoreError && (codes.length === 0 || codes.includes(error.code));
}
