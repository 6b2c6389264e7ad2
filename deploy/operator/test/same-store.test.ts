import { type BlobStore, isBlobStoreError } from '@berth/blob-store';
import { openTemporaryS3Store } from '@berth/blob-store/testing';
import type { RpcCaller } from '@berth/bus';
import { hasS3, startS3, type TestS3 } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findStoreDifference } from '../check/same-store.ts';

/** retention-cleaner on a store. */
function cleanerOn(store: BlobStore): RpcCaller {
  const findStoredKey = async ({ key }: { key: string }) => {
    try {
      return await store.stat(key);
    } catch (error) {
      if (isBlobStoreError(error, 'KEY_UNKNOWN')) return { sizeBytes: null };
      throw error;
    }
  };
  return { call: async (_, request) => (await findStoredKey(request as never)) as never };
}

(hasS3() ? describe : describe.skip)('in a bucket', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
    Object.assign(process.env, s3.credentials);
  });
  afterAll(() => s3?.stop());

  test('two processes below one prefix have one store, those below two have not; nothing is left', async () => {
    const [here, there] = [await openTemporaryS3Store(s3), await openTemporaryS3Store(s3)];
    const again = await here.reopen();
    const caller = cleanerOn(here.store);
    const storage = 's3://berth/elsewhere';
    try {
      expect(await findStoreDifference({ caller, blobs: again, storage })).toBeNull();
      expect(await findStoreDifference({ caller, blobs: there.store, storage })).toContain(storage);
      for (const { store } of [here, there]) expect(await Array.fromAsync(store.list())).toEqual([]);
    } finally {
      for (const store of [here.store, again, there.store]) await store.close();
      await here.dispose();
      await there.dispose();
    }
  });
});
