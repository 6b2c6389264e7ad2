import { randomUUID } from 'node:crypto';
import { type BlobStore, type DriverState, isBlobStoreError } from '@berth/blob-store';
import { findStoredKey, isServiceError } from '@berth/contracts';
import { OperatorError } from '../operator-error.ts';
import type { Check } from './check.ts';

type Sides = Pick<Check, 'caller' | 'blobs' | 'storage'>;

/**
 * Writes a key of its own for a moment, and asks the services whether they see it. Null where they do; else what is to be looked at, in
 * words. A copy of the store is another store: it may be older.
 */
export async function findStoreDifference({ caller, blobs, storage }: Sides): Promise<string | null> {
  const key = `check-${randomUUID()}`;
  try {
    await writeKey(blobs, key);
    const { sizeBytes } = await caller.call(findStoredKey, { key });
    return sizeBytes === null ? differenceFrom(storage) : null;
  } catch (error) {
    if (!isServiceError(error, 'UNAVAILABLE', 'DEADLINE_EXCEEDED')) throw error;
    return `retention-cleaner does not say whether it uses the blob store ${storage} as well (${error.message})`;
  } finally {
    await blobs.remove(key);
  }
}

/** OperatorError when the services see other bytes at a key than this check does. */
export async function requireSameSize({ caller, blobs, storage }: Sides, key: string): Promise<void> {
  const { sizeBytes } = await caller.call(findStoredKey, { key });
  if (sizeBytes === (await sizeOf(blobs, key))) return;
  throw new OperatorError(`key ${key} is another there: ${differenceFrom(storage)}`);
}

function differenceFrom(storage: string): string {
  return (
    `the services use another blob store than ${storage}, which this check looks at: compare BERTH_STORAGE_URL (bucket, prefix) with theirs, ` +
    'and look whether the disk is mounted'
  );
}

async function writeKey(blobs: BlobStore, key: string): Promise<void> {
  const writer = await blobs.create(key);
  let state: DriverState;
  try {
    await writer.append(Buffer.from('berth check\n'));
    state = await writer.flush();
  } finally {
    await writer.close();
  }
  await blobs.complete(key, state);
}

async function sizeOf(blobs: BlobStore, key: string): Promise<number | null> {
  try {
    return (await blobs.stat(key)).sizeBytes;
  } catch (error) {
    if (isBlobStoreError(error, 'KEY_UNKNOWN')) return null;
    throw error;
  }
}
