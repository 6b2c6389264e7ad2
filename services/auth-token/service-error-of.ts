import { ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';

/** What the doors answer for an error of the store: words of the callers, and nothing of the file behind it. */
export function serviceErrorOf(cause: unknown): unknown {
  if (!isStoreError(cause)) return cause;
  switch (cause.code) {
    case 'STORAGE_FULL':
      return new ServiceError('STORAGE_FULL', 'there is no room to store this', { cause });
    case 'UNAVAILABLE':
      return new ServiceError('UNAVAILABLE', 'nothing can be stored or read now; try again', { cause });
    case 'CURSOR_INVALID':
      return new ServiceError('PAGE_INVALID', 'after is not the `next` of a page of this list', { cause });
    case 'VERSION_CONFLICT':
      return new ServiceError('VERSION_CONFLICT', 'it was changed at the same time; try again', { cause });
    default:
      return cause;
  }
}
