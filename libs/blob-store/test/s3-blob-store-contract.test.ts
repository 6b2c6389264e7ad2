import { createMetrics } from '@berth/runtime';
import { givenS3, hasS3, startS3, type TestS3 } from '@berth/testing';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { instrumented } from '../index.ts';
import { blobStoreContract, openTemporaryS3Store } from '../testing/index.ts';

const given = givenS3();

if (given !== null) {
  describe('the S3 driver on the server that is given', () => {
    blobStoreContract(() => openTemporaryS3Store(given));
  });
} else {
  (hasS3() ? describe : describe.skip)('on versitygw', () => {
    let s3: TestS3;

    beforeAll(async () => {
      s3 = await startS3();
      Object.assign(process.env, s3.credentials);
    });
    afterAll(() => s3?.stop());

    describe('the S3 driver', () => {
      blobStoreContract(() => openTemporaryS3Store(s3));
    });

    describe('the instrumented S3 driver without checksums', () => {
      blobStoreContract(async () => {
        const opened = await openTemporaryS3Store(s3, { checksums: 'when_required' });
        const metrics = createMetrics('test', { withProcess: false });
        return { ...opened, store: instrumented(opened.store, metrics) };
      });
    });
  });
}
