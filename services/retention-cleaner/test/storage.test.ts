import { openTemporaryBlobStore } from '@berth/blob-store/testing';
import { startTestBus } from '@berth/bus/testing';
import { findStoredKey } from '@berth/contracts';
import { expect, test } from '@jest/globals';
import { serveStorage } from '../rpc/serve-storage.ts';
import { storeBytes } from './fixture.ts';

test('tells what its own blob store holds under a key, and when there is nothing', async () => {
  const { store, dispose } = await openTemporaryBlobStore();
  const { bus, stop } = await startTestBus();
  try {
    serveStorage(bus, store);
    await storeBytes(store, 'blobs/ab/one', 'bytes');
    expect(await bus.call(findStoredKey, { key: 'blobs/ab/one' })).toEqual({ sizeBytes: 5 });
    expect(await bus.call(findStoredKey, { key: 'blobs/ab/two' })).toEqual({ sizeBytes: null });
  } finally {
    await stop();
    await store.close();
    await dispose();
  }
});
