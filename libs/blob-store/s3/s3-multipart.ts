import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { isBlobStoreError } from '../blob-store-error.ts';
import type { UploadedPart } from './part-list.ts';
import type { S3Connection } from './s3-connection.ts';

export interface Multipart {
  readonly key: string;
  readonly uploadId: string;
}

/** Complete may take long where there are many parts. */
const COMPLETE_MS = 60_000;

export async function createMultipart(s3: S3Connection, key: string, signal?: AbortSignal): Promise<string> {
  const { UploadId = '' } = await s3.call({ doing: 'begin', key, signal }, (client, options) =>
    client.send(
      new CreateMultipartUploadCommand({
        Bucket: s3.bucket,
        Key: s3.objectName(key),
        ChecksumAlgorithm: s3.checksumAlgorithm,
      }),
      options,
    ),
  );
  return UploadId;
}

/** STATE_INVALID when the multipart upload is gone: completed or aborted meanwhile. */
export async function uploadPart(
  s3: S3Connection,
  { key, uploadId }: Multipart,
  part: { readonly number: number; readonly bytes: Uint8Array; readonly signal?: AbortSignal },
): Promise<UploadedPart> {
  const { number, bytes, signal } = part;
  const { ETag, ChecksumCRC32 } = await s3.call(
    { doing: 'write', key, bodyBytes: bytes.byteLength, signal },
    (client, options) =>
      client.send(
        new UploadPartCommand({
          Bucket: s3.bucket,
          Key: s3.objectName(key),
          UploadId: uploadId,
          PartNumber: number,
          Body: bytes,
          ChecksumAlgorithm: s3.checksumAlgorithm,
        }),
        options,
      ),
  );
  return uploadedPart(ETag, ChecksumCRC32);
}

/** A part that S3 copies from an object: bytes `start` to `end`, both included. */
export async function copyPart(
  s3: S3Connection,
  { key, uploadId }: Multipart,
  part: { readonly number: number; readonly fromKey: string; readonly start: number; readonly end: number },
): Promise<UploadedPart> {
  const { number, fromKey, start, end } = part;
  const { CopyPartResult } = await s3.call(
    { doing: 'copy', key, bodyBytes: end - start + 1 },
    (client, options) =>
      client.send(
        new UploadPartCopyCommand({
          Bucket: s3.bucket,
          Key: s3.objectName(key),
          UploadId: uploadId,
          PartNumber: number,
          CopySource: `${s3.bucket}/${s3.objectName(fromKey)}`,
          CopySourceRange: `bytes=${start}-${end}`,
        }),
        options,
      ),
  );
  return uploadedPart(CopyPartResult?.ETag, CopyPartResult?.ChecksumCRC32);
}

/**
 * Makes exactly these parts, in this order, the object. STATE_INVALID when the multipart upload is gone, or one of the
 * parts is another by now.
 */
export async function completeMultipart(
  s3: S3Connection,
  { key, uploadId }: Multipart,
  parts: readonly UploadedPart[],
): Promise<void> {
  const Parts = parts.map(({ etag, crc32 }, index) => ({
    PartNumber: index + 1,
    ETag: `"${etag}"`,
    ChecksumCRC32: crc32,
  }));
  await s3.call({ doing: 'complete', key, workMs: COMPLETE_MS }, (client, options) =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket: s3.bucket,
        Key: s3.objectName(key),
        UploadId: uploadId,
        MultipartUpload: { Parts },
      }),
      options,
    ),
  );
}

/** One that is gone is no error. */
export async function abortMultipart(s3: S3Connection, { key, uploadId }: Multipart): Promise<void> {
  try {
    await s3.call({ doing: 'remove', key }, (client, options) =>
      client.send(
        new AbortMultipartUploadCommand({
          Bucket: s3.bucket,
          Key: s3.objectName(key),
          UploadId: uploadId,
        }),
        options,
      ),
    );
  } catch (error) {
    if (!isBlobStoreError(error, 'STATE_INVALID')) throw error;
  }
}

function uploadedPart(etag = '', crc32: string | undefined): UploadedPart {
  return { etag: etag.replaceAll('"', ''), ...(crc32 !== undefined && { crc32 }) };
}
