import { discardUpload as discardUploadRpc } from '@berth/contracts';
import type { Distribution } from '../distribution.ts';
import type { UploadRef } from './upload-ref.ts';

/** Cancels an upload, then removes its bytes: nobody names them any more. ServiceError UPLOAD_UNKNOWN. */
export async function discardUpload(distribution: Distribution, ref: UploadRef): Promise<void> {
  const { bus, blobs, sessions, logger } = distribution;
  sessions.take(ref);
  const { discarded } = await bus.call(discardUploadRpc, ref);
  for (const { key, driverState } of discarded) {
    await blobs
      .remove(key, driverState)
      .catch((error: unknown) => logger.warn('bytes not removed', { key, error }));
  }
}
