import { createMetrics } from '@berth/runtime';
import { describe } from '@jest/globals';
import { instrumented } from '../index.ts';
import { blobStoreContract, openTemporaryBlobStore } from '../testing/index.ts';

describe('the file driver', () => {
  blobStoreContract(openTemporaryBlobStore);
});

describe('the instrumented file driver', () => {
  blobStoreContract(async () => {
    const opened = await openTemporaryBlobStore({ accelPrefix: '/_blobs/' });
    const metrics = createMetrics('test', { withProcess: false });
    return { ...opened, store: instrumented(opened.store, metrics) };
  });
});
