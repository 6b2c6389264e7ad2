import { type BlobStore, isBlobStoreError } from '@berth/blob-store';
import type { RpcServer } from '@berth/bus';
import { findStoredKey } from '@berth/contracts';

/** What `berth check` asks for: what the store holds from which the sweep deletes. */
export function serveStorage(server: RpcServer, blobs: Pick<BlobStore, 'stat'>): void {
  server.serve(findStoredKey, async ({ key }) => {
    try {
      return { sizeBytes: (await blobs.stat(key)).sizeBytes };
    } catch (error) {
      if (isBlobStoreError(error, 'KEY_UNKNOWN')) return { sizeBytes: null };
      throw error;
    }
  });
}
