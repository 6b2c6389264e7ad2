import { isBlobStoreError } from '@berth/blob-store';
import { isServiceError, ServiceError, type ServiceErrorCode } from '@berth/contracts';
import { HttpError, type RenderedError } from '@berth/http';
import { OCI_ERRORS, OciError, type OciErrorCode, ociErrorBody } from '@berth/oci';
import type { Request } from 'express';
import { AccessDenied } from '../access/access-denied.ts';

/** What each refusal of the platform is called under `/v2`. */
/** Codes that only the management API meets are not here: on `/v2` they are a defect. */
const OCI_CODE: Readonly<Partial<Record<ServiceErrorCode, OciErrorCode>>> = {
  UNAVAILABLE: 'UNAVAILABLE',
  STORAGE_FULL: 'STORAGE_FULL',
  DEADLINE_EXCEEDED: 'UNAVAILABLE',
  REQUEST_INVALID: 'REQUEST_INVALID',
  INTERNAL: 'UNKNOWN',
  UNAUTHORIZED: 'UNAUTHORIZED',
  DENIED: 'DENIED',
  TOO_MANY_REQUESTS: 'TOOMANYREQUESTS',
  NAME_INVALID: 'NAME_INVALID',
  NAME_UNKNOWN: 'NAME_UNKNOWN',
  NAME_TAKEN: 'NAME_INVALID',
  REGISTRY_NOT_FOUND: 'NAME_UNKNOWN',
  REGISTRY_NOT_EMPTY: 'DENIED',
  REGISTRY_DELETING: 'NAME_UNKNOWN',
  IMAGE_NOT_FOUND: 'NAME_UNKNOWN',
  ARTIFACT_NOT_FOUND: 'MANIFEST_UNKNOWN',
  ARTIFACT_REFERENCED: 'MANIFEST_REFERENCED',
  TAG_NOT_FOUND: 'MANIFEST_UNKNOWN',
  TAG_INVALID: 'MANIFEST_INVALID',
  PROTECTED: 'DENIED',
  VERSION_CONFLICT: 'UNAVAILABLE',
  PRECONDITION_FAILED: 'REQUEST_INVALID',
  BLOB_UNKNOWN: 'BLOB_UNKNOWN',
  BLOB_REFERENCED: 'BLOB_REFERENCED',
  ENDPOINT_FAILED: 'UNKNOWN',
  NOT_RESTORABLE: 'MANIFEST_BLOB_UNKNOWN',
  UPLOAD_UNKNOWN: 'BLOB_UPLOAD_UNKNOWN',
  UPLOAD_RANGE: 'RANGE_INVALID',
  UPLOAD_NEEDS_HASH: 'UNKNOWN',
  DIGEST_INVALID: 'DIGEST_INVALID',
  MANIFEST_INVALID: 'MANIFEST_INVALID',
  MANIFEST_UNKNOWN: 'MANIFEST_UNKNOWN',
  MANIFEST_BLOB_UNKNOWN: 'MANIFEST_BLOB_UNKNOWN',
  SIZE_INVALID: 'SIZE_INVALID',
  PAGE_INVALID: 'PAGINATION_NUMBER_INVALID',
};

const OCI_CODE_OF_STATUS: Readonly<Record<number, OciErrorCode>> = {
  401: 'UNAUTHORIZED',
  404: 'NOT_FOUND',
  405: 'UNSUPPORTED',
  413: 'SIZE_INVALID',
  503: 'UNAVAILABLE',
};

export const API_VERSION = { 'Docker-Distribution-Api-Version': 'registry/2.0' } as const;

/** Any error as `/v2` answers it: status, headers, and the OCI error body. */
export function renderOciError(error: unknown, request: Request): RenderedError {
  if (error instanceof AccessDenied) return rendered(error.error, error.headers);
  if (error instanceof HttpError) {
    const code = OCI_CODE_OF_STATUS[error.status] ?? 'REQUEST_INVALID';
    return {
      status: error.status,
      headers: { ...API_VERSION, ...error.headers },
      body: ociErrorBody({ code, message: error.message, detail: undefined }),
    };
  }
  return rendered(ociErrorOf(error), headersOf(error, request));
}

function ociErrorOf(error: unknown): OciError {
  if (error instanceof OciError) return error;
  if (error instanceof ServiceError && error.code !== 'INTERNAL') {
    return new OciError(OCI_CODE[error.code] ?? 'UNKNOWN', {
      message: error.message,
      detail: error.detail,
      cause: error,
    });
  }
  if (isBlobStoreError(error, 'STORAGE_FULL')) return new OciError('STORAGE_FULL', { cause: error });
  if (isBlobStoreError(error, 'UNAVAILABLE')) {
    return new OciError('UNAVAILABLE', { message: 'the blob store does not answer now', cause: error });
  }
  return new OciError('UNKNOWN', { cause: error });
}

function rendered(error: OciError, headers: Readonly<Record<string, string>>): RenderedError {
  const { status } = OCI_ERRORS[error.code];
  const retry = status === 503 ? { 'Retry-After': '1' } : {};
  return { status, headers: { ...API_VERSION, ...retry, ...headers }, body: ociErrorBody(error) };
}

/** Where an upload stands, on 416; what there is to range over; when to come again. */
function headersOf(error: unknown, request: Request): Record<string, string> {
  const detail = (
    error as { detail?: { offsetBytes?: number; sizeBytes?: number; retryAfterSeconds?: number } }
  ).detail;
  if (isServiceError(error, 'UPLOAD_RANGE') && detail?.offsetBytes !== undefined) {
    return { Location: request.url.split('?', 1)[0] ?? '', Range: uploadRange(detail.offsetBytes) };
  }
  if (error instanceof OciError && error.code === 'RANGE_INVALID' && detail?.sizeBytes !== undefined) {
    return { 'Content-Range': `bytes */${detail.sizeBytes}` };
  }
  if (isServiceError(error, 'TOO_MANY_REQUESTS'))
    return { 'Retry-After': String(detail?.retryAfterSeconds ?? 60) };
  return {};
}

/** `0-<last byte>`; by custom `0-0` as well when nothing is there yet. */
export function uploadRange(sizeBytes: number): string {
  return `0-${Math.max(0, sizeBytes - 1)}`;
}
