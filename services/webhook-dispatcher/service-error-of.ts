import { ServiceError, type ServiceErrorCode } from '@berth/contracts';
import { isStoreError, type StoreErrorCode } from '@berth/document-store';

const CODE_OF_STORE_ERROR: Partial<Record<StoreErrorCode, ServiceErrorCode>> = {
  STORAGE_FULL: 'STORAGE_FULL',
  UNAVAILABLE: 'UNAVAILABLE',
  CURSOR_INVALID: 'PAGE_INVALID',
  VERSION_CONFLICT: 'VERSION_CONFLICT',
};

/** What the doors answer for an error of the parts below: the same where it is a defect. */
export function serviceErrorOf(error: unknown): unknown {
  if (!isStoreError(error)) return error;
  const code = CODE_OF_STORE_ERROR[error.code];
  return code ? new ServiceError(code, error.message, { cause: error }) : error;
}
