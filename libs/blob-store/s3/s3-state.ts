import { BlobStoreError } from '../blob-store-error.ts';
import type { DriverState } from '../port.ts';
import { packParts, type UploadedPart, unpackParts } from './part-list.ts';
import { MOST_PARTS } from './part-size.ts';

/** Where the bytes of a key were at its last flush. */
export interface S3State {
  readonly sizeBytes: number;
  /** All of it is the object at the key itself, by one PutObject. Then there are no parts and no tail. */
  readonly isWhole: boolean;
  /** Of the multipart upload; undefined until there is a part. */
  readonly uploadId: string | undefined;
  readonly parts: readonly UploadedPart[];
  /** Behind the parts, in an object of its own; 0: none. */
  readonly tailBytes: number;
  /** Where the tail of the flush before ended: it may go once this state is kept. */
  readonly staleTailEnd: number | undefined;
}

/** As it stands in a document, absent fields left out. */
export function formatS3State(state: S3State): DriverState {
  const { sizeBytes, isWhole, uploadId, parts, tailBytes, staleTailEnd } = state;
  if (isWhole) return { sizeBytes, isWhole };
  return {
    sizeBytes,
    ...(uploadId !== undefined && { uploadId, parts: packParts(parts) }),
    ...(tailBytes > 0 && { tailBytes }),
    ...(staleTailEnd !== undefined && { staleTailEnd }),
  };
}

/** BlobStoreError STATE_INVALID for anything that no flush of the S3 driver returned. */
export function parseS3State(value: DriverState, key: string): S3State {
  const fields: Readonly<Record<string, unknown>> =
    typeof value === 'object' && value !== null ? { ...value } : {};
  const { sizeBytes, isWhole = false, uploadId, parts: packed, tailBytes = 0, staleTailEnd } = fields;
  const parts = packed === undefined ? [] : unpackParts(packed);
  const isSound =
    isSize(sizeBytes) &&
    typeof isWhole === 'boolean' &&
    (uploadId === undefined || (typeof uploadId === 'string' && uploadId !== '')) &&
    parts !== null &&
    parts.length <= MOST_PARTS &&
    (uploadId !== undefined) === parts.length > 0 &&
    isSize(tailBytes) &&
    tailBytes <= sizeBytes &&
    (isWhole ? uploadId === undefined && tailBytes === 0 : parts.length > 0 || tailBytes === sizeBytes) &&
    (staleTailEnd === undefined || isSize(staleTailEnd));
  if (!isSound) {
    const shown = JSON.stringify(value)?.slice(0, 200);
    throw new BlobStoreError('STATE_INVALID', `blob ${key}: ${shown} is no state of the S3 driver`);
  }
  return { sizeBytes, isWhole, uploadId, parts, tailBytes, staleTailEnd };
}

/**
 * The state of the flush at `sizeBytes`; null for a key that was never flushed, of which there are no bytes.
 * BlobStoreError STATE_INVALID when the two tell of different flushes.
 */
export function parseFlushedS3State(key: string, sizeBytes: number, value: DriverState): S3State | null {
  const state = value === null || value === undefined ? null : parseS3State(value, key);
  const flushedBytes = state?.sizeBytes ?? 0;
  if (flushedBytes !== sizeBytes) {
    throw new BlobStoreError(
      'STATE_INVALID',
      `blob ${key}: ${sizeBytes} bytes asked for, but its last flush was at ${flushedBytes}`,
    );
  }
  return state;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
