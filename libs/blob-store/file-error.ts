import { BlobStoreError, type BlobStoreErrorCode } from './blob-store-error.ts';

const CODES: Readonly<Record<string, BlobStoreErrorCode>> = {
  ENOENT: 'KEY_UNKNOWN',
  ENOTDIR: 'KEY_UNKNOWN',
  EISDIR: 'KEY_UNKNOWN',
  EEXIST: 'KEY_EXISTS',
  ELOOP: 'KEY_INVALID',
  ENAMETOOLONG: 'KEY_INVALID',
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
};

/** The errno name of a system error, also of one that was made in another realm. */
export function errnoOf(error: unknown): string | undefined {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : undefined;
}

/** A file system's error in the words of the port; what the table does not name is UNAVAILABLE. The cause is kept. */
export function fileError(error: unknown, doing: string, key: string): BlobStoreError {
  if (error instanceof BlobStoreError) {
    return error;
  }
  const errno = errnoOf(error);
  const code = (errno && CODES[errno]) || 'UNAVAILABLE';
  const reason = reasonOf(error);
  return new BlobStoreError(code, `cannot ${doing} blob ${key}: ${reason}`, { cause: error });
}

export function reasonOf(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return hasMessage && typeof error.message === 'string' ? error.message : String(error);
}
