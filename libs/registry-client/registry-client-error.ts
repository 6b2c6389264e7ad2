export type RegistryClientErrorCode =
  /** The registry answered with an error status. */
  | 'REFUSED'
  /** No token could be had, or credentials would have gone to a host they were not given for. */
  | 'UNAUTHORIZED'
  /** No answer: refused, reset, timed out. */
  | 'UNREACHABLE'
  /** No repository, tag or digest by the OCI grammar; nothing was asked. */
  | 'NAME_INVALID'
  /** The bytes do not have the digest. */
  | 'DIGEST_MISMATCH'
  /** The answer breaks the protocol or a limit. */
  | 'PROTOCOL';

/** One entry of the error envelope (OCI distribution specification 1.1, "Error Codes"). */
export interface OciErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** What a registry, or the way to it, refused. `status` is null where there was no answer. */
export class RegistryClientError extends Error {
  readonly code: RegistryClientErrorCode;
  readonly status: number | null;
  readonly errors: readonly OciErrorEntry[];
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | null;

  constructor(
    code: RegistryClientErrorCode,
    message: string,
    options: {
      readonly status?: number | null;
      readonly errors?: readonly OciErrorEntry[];
      readonly retryAfterMs?: number | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RegistryClientError';
    this.code = code;
    this.status = options.status ?? null;
    this.errors = options.errors ?? [];
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  /** Whether the registry named this OCI code. */
  has(ociCode: string): boolean {
    return this.errors.some(({ code }) => code === ociCode);
  }
}

/** True for a RegistryClientError, with one of the statuses where some are given. */
export function isRegistryClientError(error: unknown, ...statuses: number[]): error is RegistryClientError {
  return (
    error instanceof RegistryClientError &&
    (statuses.length === 0 || (error.status !== null && statuses.includes(error.status)))
  );
}
