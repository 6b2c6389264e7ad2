import { BlobStoreError, type BlobStoreErrorCode } from '../blob-store-error.ts';

const CODES: Readonly<Record<string, BlobStoreErrorCode>> = {
  NoSuchKey: 'KEY_UNKNOWN',
  NotFound: 'KEY_UNKNOWN',
  NoSuchUpload: 'STATE_INVALID',
  InvalidPart: 'STATE_INVALID',
  InvalidPartOrder: 'STATE_INVALID',
  InvalidRange: 'RANGE_INVALID',
  PreconditionFailed: 'KEY_EXISTS',
  EntityTooLarge: 'STORAGE_FULL',
  QuotaExceeded: 'STORAGE_FULL',
  XMinioStorageFull: 'STORAGE_FULL',
};

/** What is wrong with the set-up rather than with a request. */
const ADVICE: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'the SDK finds no credentials (AWS_ACCESS_KEY_ID, profile, role)',
  NoSuchBucket: 'the bucket does not exist; make it, or correct its name',
  InvalidAccessKeyId: 'the server does not know the access key (AWS_ACCESS_KEY_ID, profile, role)',
  SignatureDoesNotMatch: 'the access key does not fit its id (AWS_SECRET_ACCESS_KEY, profile, role)',
};

/** What was asked of which bucket. */
export interface S3Question {
  /** A verb: `stat`, `write`. */
  readonly doing: string;
  readonly key: string;
  /** `S3 (bucket "berth" at https://s3.example.com)` */
  readonly where: string;
}

interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly attempts: number;
}

/** The name that S3 or the SDK gave an error: `NoSuchUpload`; a HEAD tells no more than `NotFound` or `Unknown`. */
export function s3ErrorName(error: unknown): string {
  return describe(error).name;
}

/** An error of the SDK in the words of the port; what the table does not name is UNAVAILABLE. The cause is kept. */
export function s3Error(error: unknown, { doing, key, where }: S3Question): BlobStoreError {
  if (error instanceof BlobStoreError) return error;
  const { name, message, status, attempts } = describe(error);
  const code = CODES[name] ?? (status === 507 ? 'STORAGE_FULL' : 'UNAVAILABLE');
  const answer = status === undefined ? ':' : ` answers ${status}`;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const why = ADVICE[name] ?? (message === 'UnknownError' ? 'without a reason' : message);
  return new BlobStoreError(code, `cannot ${doing} blob ${key}: ${where}${answer} ${name}${tries}: ${why}`, {
    cause: error,
  });
}

/** Read by its fields: an error of the SDK may come from another realm. */
function describe(error: unknown): SdkError {
  const fields = typeof error === 'object' && error !== null ? error : {};
  const { name, code, message, $metadata } = fields as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
    $metadata?: { httpStatusCode?: number; attempts?: number };
  };
  return {
    // What ends a connection has no name of its own: `ECONNREFUSED`.
    name: [name === 'Error' ? code : name, name].find((one) => typeof one === 'string') ?? 'Error',
    message: typeof message === 'string' ? message : String(error),
    status: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts ?? 1,
  };
}
