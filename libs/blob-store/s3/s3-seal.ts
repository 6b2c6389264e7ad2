import { BlobStoreError, isBlobStoreError } from '../blob-store-error.ts';
import type { S3Connection } from './s3-connection.ts';
import { completeMultipart, uploadPart } from './s3-multipart.ts';
import { copyObject, objectSize } from './s3-objects.ts';
import { readS3Object } from './s3-reader.ts';
import type { S3State } from './s3-state.ts';
import { dropTail, tailName } from './s3-tails.ts';

/**
 * Makes the flushed bytes the object at the key; from then on a late writer of it finds its multipart upload gone. Gives
 * the size of the object: more than the state tells of when a later flush was sealed before. Idempotent.
 * BlobStoreError KEY_UNKNOWN, STATE_INVALID.
 */
export async function seal(s3: S3Connection, key: string, state: S3State): Promise<number> {
  if (!state.isWhole && (await sealOpen(s3, key, state))) return state.sizeBytes;
  const sizeBytes = await objectSize(s3, { name: key, key });
  if (sizeBytes === null) {
    throw new BlobStoreError('KEY_UNKNOWN', `blob ${key}, flushed at ${state.sizeBytes} bytes, is gone`);
  }
  if (sizeBytes < state.sizeBytes) {
    throw new BlobStoreError(
      'STATE_INVALID',
      `blob ${key} holds ${sizeBytes} bytes, but ${state.sizeBytes} were flushed`,
    );
  }
  return sizeBytes;
}

/** False when its parts or its tail are gone: removed, or sealed before. */
async function sealOpen(s3: S3Connection, key: string, state: S3State): Promise<boolean> {
  const { uploadId, parts, sizeBytes, tailBytes } = state;
  if (uploadId === undefined) return await copyTail(s3, key, sizeBytes);
  try {
    const multipart = { key, uploadId };
    if (tailBytes === 0) return await completeMultipart(s3, multipart, parts);
    const bytes = await readTail(s3, key, state);
    const last = await uploadPart(s3, multipart, { number: parts.length + 1, bytes });
    return await completeMultipart(s3, multipart, [...parts, last]);
  } catch (error) {
    if (isBlobStoreError(error, 'KEY_UNKNOWN', 'STATE_INVALID')) return false;
    throw error;
  }
}

async function copyTail(s3: S3Connection, key: string, sizeBytes: number): Promise<boolean> {
  try {
    await copyObject(s3, { from: tailName(key, sizeBytes), to: key, key, sizeBytes });
    return true;
  } catch (error) {
    if (isBlobStoreError(error, 'KEY_UNKNOWN')) return false;
    throw error;
  }
}

/** The bytes behind the parts. KEY_UNKNOWN when they are gone, STATE_INVALID when they are others. */
export async function readTail(s3: S3Connection, key: string, state: S3State): Promise<Buffer> {
  const bytes = await readS3Object(s3, tailName(key, state.sizeBytes));
  if (bytes.byteLength === state.tailBytes) return bytes;
  throw new BlobStoreError(
    'STATE_INVALID',
    `blob ${key}: the ${state.tailBytes} bytes before ${state.sizeBytes} are ${bytes.byteLength} in S3`,
  );
}

/** What only an open upload needs. What cannot be deleted now is for `listUnfinished` to find. */
export async function dropTails(s3: S3Connection, key: string, state: S3State): Promise<void> {
  const { tailBytes, sizeBytes, staleTailEnd } = state;
  await Promise.all([
    tailBytes > 0 && dropTail(s3, key, sizeBytes),
    staleTailEnd !== undefined && dropTail(s3, key, staleTailEnd),
  ]);
}
