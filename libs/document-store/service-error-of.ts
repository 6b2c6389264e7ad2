import { ServiceError, type ServiceErrorCode } from '@berth/contracts';
import { isStoreError, type StoreErrorCode } from './store-error.ts';

/** What callers are told where the store fails: its own words, with paths in them, are for the log. */
const TOLD: Partial<Record<StoreErrorCode, readonly [ServiceErrorCode, string]>> = {
  STORAGE_FULL: ['STORAGE_FULL', 'there is no room left to store this; an operator has to make some'],
  UNAVAILABLE: ['UNAVAILABLE', 'what this needs cannot be read or stored now; try again'],
  CURSOR_INVALID: ['PAGE_INVALID', 'after is not the next of a page of this list; start again without one'],
  VERSION_CONFLICT: ['VERSION_CONFLICT', 'it was changed at the same time; try again'],
};

/** What the doors of a service answer for an error of its store, with that as its cause: others, and defects, as they are. */
export function serviceErrorOf(error: unknown): unknown {
  if (!isStoreError(error)) return error;
  const [code, message] = TOLD[error.code] ?? [];
  return code === undefined || message === undefined
    ? error
    : new ServiceError(code, message, { cause: error });
}
