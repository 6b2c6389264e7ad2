import { createMetrics } from '@berth/runtime';
import { expect, test } from '@jest/globals';
import { instrumented } from '../index.ts';
import { openTemporaryBlobStore } from '../testing/index.ts';
import { sampleBytes, summaryOf } from '../testing/sample-bytes.ts';
import { storeBlob } from '../testing/store-blob.ts';

test('operations are timed by name and result, bytes counted by direction', async () => {
  const { store: bare, dispose } = await openTemporaryBlobStore();
  const metrics = createMetrics('test', { withProcess: false });
  const store = instrumented(bare, metrics);
  await storeBlob(store, 'blobs/ab/x', sampleBytes(700_000));
  await summaryOf(await store.read('blobs/ab/x', { start: 100, end: 300_099 }));
  await expect(store.read('blobs/ab/missing')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });

  const text = await metrics.text();
  expect(text).toContain('berth_blob_store_bytes_total{direction="written",service="test"} 700000');
  expect(text).toContain('berth_blob_store_bytes_total{direction="read",service="test"} 300000');
  for (const [operation, result] of [
    ['create', 'ok'],
    ['flush', 'ok'],
    ['complete', 'ok'],
    ['read', 'ok'],
    ['read', 'KEY_UNKNOWN'],
  ]) {
    expect(text).toMatch(
      new RegExp(
        `operation_seconds_count\\{(?=[^}]*operation="${operation}")(?=[^}]*result="${result}")[^}]*\\} 1\\b`,
      ),
    );
  }
  await dispose();
});
