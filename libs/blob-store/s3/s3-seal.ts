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
  const failure = state.isWhole ? null : await sealOpen(s3, key, state);
  const sizeBytes =
    failure === null && !state.isWhole ? state.sizeBytes : await objectSize(s3, { name: key, key });
  if (sizeBytes === null || sizeBytes < state.sizeBytes) {
    if (failure !== null && failure.code !== 'KEY_UNKNOWN') throw failure;
    throw sizeBytes === null ? gone(key, state) : shorterThanFlushed(key, sizeBytes, state);
  }
  await dropTails(s3, key, state);
  return sizeBytes;
}

/**
 * Why parts or tail could not be made the object; null when they were. That may mean that it was done before: the parts
 * are gone then, or a server cuts a connection by which more of them come.
 */
async function sealOpen(s3: S3Connection, key: string, state: S3State): Promise<BlobStoreError | null> {
  const { uploadId, parts, sizeBytes, tailBytes } = state;
  try {
    if (uploadId === undefined) {
      await copyObject(s3, { from: tailName(key, sizeBytes), to: key, key, sizeBytes });
      return null;
    }
    const multipart = { key, uploadId };
    const last =
      tailBytes === 0
        ? []
        : [
            await uploadPart(s3, multipart, {
              number: parts.length + 1,
              bytes: await readTail(s3, key, state),
            }),
          ];
    await completeMultipart(s3, multipart, [...parts, ...last]);
    return null;
  } catch (error) {
    if (isBlobStoreError(error)) return error;
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

function gone(key: string, { sizeBytes }: S3State): BlobStoreError {
  return new BlobStoreError('KEY_UNKNOWN', `blob ${key}, flushed at ${sizeBytes} bytes, is gone`);
}

function shorterThanFlushed(key: string, storedBytes: number, { sizeBytes }: S3State): BlobStoreError {
  return new BlobStoreError(
    'STATE_INVALID',
    `blob ${key} holds ${storedBytes} bytes, but ${sizeBytes} were flushed`,
  );
}

/** What only an open upload needs. What cannot be deleted now is for `listUnfinished` to find. */
async function dropTails(s3: S3Connection, key: string, state: S3State): Promise<void> {
  const { tailBytes, sizeBytes, staleTailEnd } = state;
  await Promise.all([
    tailBytes > 0 && dropTail(s3, key, sizeBytes),
    staleTailEnd !== undefined && dropTail(s3, key, staleTailEnd),
  ]);
}
