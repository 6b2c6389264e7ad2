import { BlobStoreError } from './blob-store-error.ts';
import type { ByteRange } from './port.ts';

/**
 * Where to start and how much to read of a blob of `sizeBytes`; an end behind the last byte is the last byte, as in
 * HTTP (RFC 9110 §14.1.2). BlobStoreError RANGE_INVALID when the range holds no byte of the blob.
 */
export function resolveRange(
  key: string,
  sizeBytes: number,
  range: ByteRange | undefined,
): { readonly start: number; readonly lengthBytes: number } {
  if (range === undefined) {
    return { start: 0, lengthBytes: sizeBytes };
  }
  const { start, end } = range;
  const isSane = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
  if (!isSane || start >= sizeBytes) {
    throw new BlobStoreError(
      'RANGE_INVALID',
      `bytes ${start}-${end} are not in blob ${key} of ${sizeBytes} bytes`,
    );
  }
  return { start, lengthBytes: Math.min(end, sizeBytes - 1) - start + 1 };
}
