/** Codes that an RPC or a use case answers with; each HTTP API maps them to its own status and wording. */
export const SERVICE_ERROR_CODES = [
  // the bus itself
  'UNAVAILABLE', // no answer can be had now: disconnected, nobody serves, storage away
  'STORAGE_FULL', // nothing can be written until there is room
  'DEADLINE_EXCEEDED', // no answer within the caller's time
  'REQUEST_INVALID', // the message does not fit its schema
  'INTERNAL', // a defect; logged where it happened
  // access
  'UNAUTHORIZED',
  'DENIED',
  'TOO_MANY_REQUESTS',
  // facts
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'NAME_TAKEN',
  'REGISTRY_NOT_FOUND',
  'REGISTRY_NOT_EMPTY',
  'REGISTRY_DELETING',
  'IMAGE_NOT_FOUND',
  'ARTIFACT_NOT_FOUND',
  'ARTIFACT_REFERENCED',
  'NOT_RESTORABLE', // something that it needs is gone
  'TAG_NOT_FOUND',
  'TAG_INVALID',
  'PROTECTED',
  'VERSION_CONFLICT', // somebody else changed it first; read again
  'PRECONDITION_FAILED', // If-Match / If-None-Match
  'BLOB_UNKNOWN',
  'BLOB_REFERENCED',
  'UPLOAD_UNKNOWN',
  'UPLOAD_RANGE', // detail {offsetBytes}: another writer holds the upload, or the bytes do not follow on
  'UPLOAD_NEEDS_HASH', // the digest so far is not known in that algorithm: claim, read again, commit
  'DIGEST_INVALID',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'MANIFEST_BLOB_UNKNOWN',
  'SIZE_INVALID',
  'PAGE_INVALID',
  // what people set up
  'USER_NOT_FOUND',
  'KEY_NOT_FOUND',
  'ROBOT_NOT_FOUND',
  'GRANT_NOT_FOUND',
  'SUBJECT_NOT_FOUND',
  'WEBHOOK_NOT_FOUND',
  'DELIVERY_NOT_FOUND',
  'POLICY_NOT_FOUND',
  'ENDPOINT_NOT_FOUND',
  'ENDPOINT_IN_USE',
  'ENDPOINT_FAILED', // the other registry refused, or did not answer
  'RUN_NOT_FOUND',
  'RUN_IN_PROGRESS',
  'RUN_ENDED',
  'KEY_LIMIT',
  'POLICY_LIMIT',
  'POLICY_EXISTS', // another one says the same
  'WEBHOOK_LIMIT',
  'GRANT_EXISTS',
  'LAST_ADMIN',
  'GLOB_INVALID',
  'TARGET_REFUSED', // a webhook or an endpoint that the platform may not call
] as const;

export type ServiceErrorCode = (typeof SERVICE_ERROR_CODES)[number];

/**
 * What a service refuses, in words of its callers. It crosses the bus whole: code, message and detail
 * arrive at the caller as the same class. The message names the offending value and the rule.
 */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  readonly detail: unknown;

  constructor(code: ServiceErrorCode, message: string, options: { detail?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.detail = options.detail;
  }
}

/** True for a ServiceError with one of the codes. */
export function isServiceError(error: unknown, ...codes: ServiceErrorCode[]): error is ServiceError {
  return error instanceof ServiceError && (codes.length === 0 || codes.includes(error.code));
}
