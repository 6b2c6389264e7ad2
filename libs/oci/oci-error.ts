/**
 * The errors of the distribution API by their code (OCI distribution specification 1.1, "Error Codes"; those marked
 * "ours" are additions that it leaves room for). `status` is the HTTP status, `message` the default wording.
 */
export const OCI_ERRORS = {
  BLOB_UNKNOWN: {
    status: 404,
    message: 'blob unknown to the repository',
    description: 'The repository holds no blob of this digest.',
  },
  BLOB_UPLOAD_INVALID: {
    status: 400,
    message: 'blob upload invalid',
    description: 'The upload request does not follow the protocol.',
  },
  BLOB_UPLOAD_UNKNOWN: {
    status: 404,
    message: 'blob upload unknown to the registry',
    description: 'No such upload, or it ended, or it belongs to somebody else.',
  },
  /** ours */
  BLOB_REFERENCED: {
    status: 409,
    message: 'blob is named by a manifest',
    description: 'Delete the manifests that name the blob first.',
  },
  DIGEST_INVALID: {
    status: 400,
    message: 'provided digest did not match the content or is malformed',
    description: 'A digest is sha256:<64 hex> or sha512:<128 hex>, in lower case.',
  },
  MANIFEST_BLOB_UNKNOWN: {
    status: 404,
    message: 'manifest names a blob or manifest that is not in the repository',
    description: 'Push blobs and child manifests before the manifest that names them.',
  },
  MANIFEST_INVALID: {
    status: 400,
    message: 'manifest invalid',
    description: 'The manifest, its media type or its tag breaks a rule.',
  },
  MANIFEST_UNKNOWN: {
    status: 404,
    message: 'manifest unknown to the repository',
    description: 'The repository holds no manifest of this tag or digest.',
  },
  /** ours */
  MANIFEST_REFERENCED: {
    status: 409,
    message: 'manifest is part of an index',
    description: 'Delete the index that names the manifest first.',
  },
  NAME_INVALID: {
    status: 400,
    message: 'invalid repository name',
    description: 'A repository is <registry>/<image>, in lower case, at most 255 characters.',
  },
  NAME_UNKNOWN: {
    status: 404,
    message: 'repository name not known to the registry',
    description: 'No such registry or repository.',
  },
  SIZE_INVALID: {
    status: 413,
    message: 'content is too large or its length does not match',
    description: 'Manifests are limited to 4 MiB.',
  },
  UNAUTHORIZED: {
    status: 401,
    message: 'authentication required',
    description: 'No valid credentials, or a token without the needed scope.',
  },
  DENIED: {
    status: 403,
    message: 'requested access to the resource is denied',
    description: 'The caller lacks a role, or a policy forbids it.',
  },
  UNSUPPORTED: {
    status: 405,
    message: 'the operation is unsupported',
    description: 'The method is not offered for this path.',
  },
  TOOMANYREQUESTS: {
    status: 429,
    message: 'too many requests',
    description: 'Try again later.',
  },
  /** ours, as in the Distribution project */
  RANGE_INVALID: {
    status: 416,
    message: 'range cannot be satisfied',
    description: 'The bytes do not follow on those that are stored, or lie outside of the content.',
  },
  /** ours, as in the Distribution project */
  PAGINATION_NUMBER_INVALID: {
    status: 400,
    message: 'invalid number of results requested',
    description: 'The page size n is a whole number above zero.',
  },
  /** ours */
  NOT_FOUND: {
    status: 404,
    message: 'no such path',
    description: 'The path is none of the distribution API.',
  },
  /** ours */
  REQUEST_INVALID: {
    status: 400,
    message: 'malformed request',
    description: 'The request could not be understood.',
  },
  /** ours */
  STORAGE_FULL: {
    status: 507,
    message: 'the storage is full',
    description: 'Bytes cannot be stored until there is room again.',
  },
  /** ours, as in the Distribution project */
  UNAVAILABLE: {
    status: 503,
    message: 'service unavailable',
    description: 'A part that is needed does not answer now. Try again later.',
  },
  /** ours, as in the Distribution project */
  UNKNOWN: {
    status: 500,
    message: 'unknown error',
    description: 'A defect; the log of the service says more.',
  },
} as const satisfies Record<string, { status: number; message: string; description: string }>;

export type OciErrorCode = keyof typeof OCI_ERRORS;

/** An error in the words of the distribution API. `detail` is shown to clients as it is. */
export class OciError extends Error {
  readonly code: OciErrorCode;
  readonly detail: unknown;

  constructor(
    code: OciErrorCode,
    options: {
      readonly message?: string | undefined;
      readonly detail?: unknown;
      readonly cause?: unknown;
    } = {},
  ) {
    super(
      options.message ?? OCI_ERRORS[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'OciError';
    this.code = code;
    this.detail = options.detail;
  }
}

/** The body of an error answer: `{errors: [{code, message, detail?}]}`. */
export function ociErrorBody(error: Pick<OciError, 'code' | 'message' | 'detail'>): object {
  return {
    errors: [
      {
        code: error.code,
        message: error.message,
        ...(error.detail === undefined ? {} : { detail: error.detail }),
      },
    ],
  };
}
