import { BlobStoreError, isBlobStoreError } from '../blob-store-error.ts';
import { rememberedCheck } from '../remembered-check.ts';
import type { S3Connection } from './s3-connection.ts';
import { putObject } from './s3-objects.ts';

const CHECK_OBJECT = '.check';
const KEEP_GOOD_MS = 20_000;

/** A check that bytes can be stored: a tiny object is written. */
export function createS3Check(s3: S3Connection, clock: () => number): () => Promise<void> {
  return rememberedCheck(() => probe(s3), { clock, keepGoodMs: KEEP_GOOD_MS });
}

async function probe(s3: S3Connection): Promise<void> {
  try {
    await putObject(s3, { name: CHECK_OBJECT, key: CHECK_OBJECT }, Buffer.from('ok\n'));
  } catch (error) {
    if (!isBlobStoreError(error) || error.code === 'STORAGE_FULL' || error.code === 'UNAVAILABLE')
      throw error;
    throw new BlobStoreError('UNAVAILABLE', error.message, { cause: error });
  }
}
