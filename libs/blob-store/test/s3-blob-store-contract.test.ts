import { createMetrics } from '@berth/runtime';
import { hasS3, startS3, type TestS3 } from '@berth/testing';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { instrumented } from '../index.ts';
import { blobStoreContract, openTemporaryS3Store } from '../testing/index.ts';

let s3: TestS3;

beforeAll(async () => {
  if (!hasS3()) return;
  s3 = await startS3();
  Object.assign(process.env, s3.credentials);
});
afterAll(() => s3?.stop());

const describeS3 = hasS3() ? describe : describe.skip;

describeS3('the S3 driver', () => {
  blobStoreContract(() => openTemporaryS3Store(s3));
});

describeS3('the instrumented S3 driver on a server without checksums', () => {
  blobStoreContract(async () => {
    const opened = await openTemporaryS3Store(s3, { checksums: 'when_required' });
    const metrics = createMetrics('test', { withProcess: false });
    return { ...opened, store: instrumented(opened.store, metrics) };
  });
});
