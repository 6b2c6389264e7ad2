import { ServiceError, type ServiceErrorCode } from '@berth/contracts';
import { isStoreError, type StoreErrorCode } from '@berth/document-store';
import { OciError } from '@berth/oci';

const CODE_OF_STORE_ERROR: Partial<Record<StoreErrorCode, ServiceErrorCode>> = {
  STORAGE_FULL: 'STORAGE_FULL',
  UNAVAILABLE: 'UNAVAILABLE',
  CURSOR_INVALID: 'PAGE_INVALID',
  VERSION_CONFLICT: 'VERSION_CONFLICT',
};

/** What callers are told where the store fails: its own words, with paths in them, are for the log. */
const PUBLIC_TEXT: Partial<Record<StoreErrorCode, string>> = {
  STORAGE_FULL: 'there is no room left to store this; an operator has to make some',
  UNAVAILABLE: 'what this needs cannot be read or stored now; try again',
};

/** What the doors answer for an error of the parts below, with that as its cause: the same where it is a defect. */
export function serviceErrorOf(error: unknown): unknown {
  if (isStoreError(error)) {
    const code = CODE_OF_STORE_ERROR[error.code];
    return code ? new ServiceError(code, PUBLIC_TEXT[error.code] ?? error.message, { cause: error }) : error;
  }
  if (error instanceof OciError) {
    const code = error.code === 'NAME_INVALID' ? 'NAME_INVALID' : 'DIGEST_INVALID';
    return new ServiceError(code, error.message, { cause: error });
  }
  return error;
}
