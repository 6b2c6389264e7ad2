import { ServiceError } from '@berth/contracts';
import { isStoreError } from './store-error.ts';

const ATTEMPTS = 20;

/**
 * Runs a read-decide-write story again when somebody else changed one of its documents meanwhile. The story must
 * begin with its reads. Gives up with VERSION_CONFLICT, which callers may repeat.
 */
export async function retryConflict<T>(what: string, story: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await story();
    } catch (error) {
      if (!isStoreError(error, 'VERSION_CONFLICT', 'ID_TAKEN')) throw error;
      if (attempt === ATTEMPTS) {
        throw new ServiceError('VERSION_CONFLICT', `${what} is being changed by too many at once`, {
          cause: error,
        });
      }
    }
  }
}
