/** What the HTTP layer itself refuses. Renderers give it the form of their API. */
export type HttpErrorCode =
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'PATH_INVALID'
  | 'HOST_INVALID'
  | 'HEADER_INVALID'
  | 'PAGE_INVALID'
  | 'QUERY_INVALID'
  | 'BODY_INVALID'
  | 'BODY_TOO_LARGE'
  | 'BODY_CUT'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'PRECONDITION_FAILED'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | (string & {});

/** One thing wrong with a request's body or query. */
export interface InputProblem {
  readonly path: string;
  readonly message: string;
}

export interface HttpErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly InputProblem[];
  readonly cause?: unknown;
}

/** An error with its HTTP status. Its message is shown to the client. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: HttpErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly InputProblem[] | undefined;

  constructor(status: number, code: HttpErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
  }
}
