import { ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';

const ATTEMPTS = 20;

/**
 * Runs a read-decide-write story again when somebody else changed its document meanwhile. The story must begin with
 * its reads. Gives up with VERSION_CONFLICT, which callers may repeat.
 */
export async function retryConflict<T>(what: string, story: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await story();
    } catch (cause) {
      if (!isStoreError(cause, 'VERSION_CONFLICT')) throw cause;
      if (attempt === ATTEMPTS) {
        throw new ServiceError('VERSION_CONFLICT', `${what} is being changed by too many at once`, { cause });
      }
    }
  }
}
