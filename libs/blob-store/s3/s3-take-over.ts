import { isBlobStoreError } from '../blob-store-error.ts';
import type { DriverState, FlushedKey } from '../port.ts';
import { isCrc32, type UploadedPart } from './part-list.ts';
import type { S3Connection } from './s3-connection.ts';
import { s3ErrorName } from './s3-error.ts';
import { abortMultipart, copyPart, createMultipart, type Multipart } from './s3-multipart.ts';
import { seal } from './s3-seal.ts';
import { formatS3State, parseFlushedS3State } from './s3-state.ts';

const MIB = 1024 * 1024;
/** Less is read and written anew by whoever takes over, which hashes it on the way. */
export const LEAST_TAKE_OVER_BYTES = 32 * MIB;
const COPIED_PART_BYTES = 64 * MIB;
const COPIES_AT_ONCE = 8;

/**
 * Begins `key` with the flushed bytes of another key, which S3 copies. Null where it cannot, or where reading them
 * is as good. The other key is sealed by it.
 */
export async function takeOver(s3: S3Connection, key: string, from: FlushedKey): Promise<DriverState | null> {
  const { sizeBytes } = from;
  const state = parseFlushedS3State(from.key, sizeBytes, from.state);
  if (state === null || sizeBytes < LEAST_TAKE_OVER_BYTES) return null;
  await seal(s3, from.key, state);
  const multipart: Multipart = { key, uploadId: await createMultipart(s3, key) };
  try {
    const parts = await copyParts(s3, multipart, { key: from.key, sizeBytes });
    if (!parts.every((part) => isUsable(s3, part))) {
      await abortMultipart(s3, multipart);
      return null;
    }
    return formatS3State({
      ...{ sizeBytes, isWhole: false, uploadId: multipart.uploadId, parts },
      ...{ tailBytes: 0, staleTailEnd: undefined },
    });
  } catch (error) {
    await abortMultipart(s3, multipart).catch(() => undefined);
    const isMissing = isBlobStoreError(error) && s3ErrorName(error.cause) === 'NotImplemented';
    if (isMissing) return null;
    throw error;
  }
}

/** versitygw 1.7 answers the checksum of the whole source for a part of it, which Complete does not take. */
function isUsable(s3: S3Connection, { crc32 }: UploadedPart): boolean {
  return s3.checksumAlgorithm === undefined || (crc32 !== undefined && isCrc32(crc32));
}

/** Equal parts, so that none is smaller than S3 takes. */
async function copyParts(
  s3: S3Connection,
  multipart: Multipart,
  from: { readonly key: string; readonly sizeBytes: number },
): Promise<readonly UploadedPart[]> {
  const count = Math.ceil(from.sizeBytes / COPIED_PART_BYTES);
  const startOf = (number: number) => Math.floor(((number - 1) * from.sizeBytes) / count);
  const parts: UploadedPart[] = [];
  let next = 1;
  async function copySome(): Promise<void> {
    while (next <= count) {
      const number = next++;
      const part = { number, fromKey: from.key, start: startOf(number), end: startOf(number + 1) - 1 };
      parts[number - 1] = await copyPart(s3, multipart, part);
    }
  }
  await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copySome));
  return parts;
}
