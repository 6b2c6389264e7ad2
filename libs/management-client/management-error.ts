import type { ProblemCode } from '@berth/contracts';

export type ManagementErrorCode =
  /** What the API's problem says; text, since a newer server may know more of them. */
  | ProblemCode
  | (string & {})
  /** No answer: refused, reset, timed out. */
  | 'UNREACHABLE'
  /** The answer is not what the contract says: another program answers at this origin. */
  | 'PROTOCOL'
  /** A name that no path can hold; nothing was asked. */
  | 'PARAMETER_INVALID';

/** An `application/problem+json` body, with the members that some codes add: `existingId`, `tags`. */
export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** Why a call brought no result. `status` is null where there was no answer, `problem` where it was none of the API's. */
export class ManagementError extends Error {
  readonly code: ManagementErrorCode;
  readonly status: number | null;
  readonly problem: ProblemBody | null;
  /** What `Retry-After` asked for, in seconds. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ManagementErrorCode,
    message: string,
    options: {
      readonly status?: number;
      readonly problem?: ProblemBody;
      readonly retryAfterSeconds?: number | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ManagementError';
    this.code = code;
    this.status = options.status ?? null;
    this.problem = options.problem ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** True for a ManagementError with one of the codes, or any without. */
export function isManagementError(error: unknown, ...codes: string[]): error is ManagementError {
  return error instanceof ManagementError && (codes.length === 0 || codes.includes(error.code));
}
