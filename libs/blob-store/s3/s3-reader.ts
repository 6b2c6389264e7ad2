import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { BlobStoreError, isBlobStoreError } from '../blob-store-error.ts';
import type { ByteRange } from '../port.ts';
import type { S3Connection } from './s3-connection.ts';
import { s3Error } from './s3-error.ts';

/** How often a connection may break without a byte having come in between. */
const MOST_BREAKS = 3;

interface Source {
  readonly body: Readable;
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly etag: string | undefined;
  readonly lengthBytes: number;
}

/**
 * Streams an object, or a range of it whose ends are checked already. A connection that breaks is opened again where it broke, for
 * the same object (`If-Match`); when that does not help it is an error of the stream, never a short success. An object
 * read whole is checked against its checksum. KEY_UNKNOWN, RANGE_INVALID before the first byte.
 */
export async function openS3Reader(s3: S3Connection, key: string, range?: ByteRange): Promise<Readable> {
  const start = range?.start ?? 0;
  let source: Source | null = await open(s3, key, { range });
  const { etag, lengthBytes } = source;
  const end = start + lengthBytes;
  let position = start;
  let breaks = 0;

  async function readChunk(): Promise<Uint8Array | null> {
    while (position < end || source !== null) {
      try {
        source ??= await open(s3, key, { range: { start: position, end: end - 1 }, etag });
        const next = await source.chunks.next();
        if (!next.done) {
          breaks = 0;
          position += next.value.byteLength;
          return next.value;
        }
        if (position === end) return null;
        throw new BlobStoreError('UNAVAILABLE', `blob ${key} ends at ${position}, not at ${end}`);
      } catch (error) {
        source?.body.destroy();
        source = null;
        breaks += 1;
        if (reader.destroyed || position === end || breaks > MOST_BREAKS || !isBreak(error)) throw error;
      }
    }
    return null;
  }

  const reader: Readable = new Readable({
    highWaterMark: 256 * 1024,
    read() {
      readChunk().then(
        (chunk) => {
          if (!this.destroyed) this.push(chunk);
        },
        (error: unknown) => this.destroy(s3Error(error, { doing: 'read', key, where: s3.where })),
      );
    },
    destroy(error, callback) {
      source?.body.destroy();
      callback(error);
    },
  });
  return reader;
}

/** A small object in memory. KEY_UNKNOWN when it is missing, STATE_INVALID when it is larger. */
export async function readS3Object(
  s3: S3Connection,
  key: string,
  { atMost = Number.POSITIVE_INFINITY }: { readonly atMost?: number } = {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of await openS3Reader(s3, key)) {
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes > atMost)
      throw new BlobStoreError('STATE_INVALID', `blob ${key} holds more than ${atMost} bytes`);
  }
  return Buffer.concat(chunks);
}

/** Not what S3 said, but a connection that ended, or bytes that did not match their checksum. */
function isBreak(error: unknown): boolean {
  return !isBlobStoreError(error) || error.code === 'UNAVAILABLE';
}

async function open(
  s3: S3Connection,
  key: string,
  { range, etag }: { readonly range?: ByteRange | undefined; readonly etag?: string | undefined },
): Promise<Source> {
  const command = new GetObjectCommand({
    Bucket: s3.bucket,
    Key: s3.objectName(key),
    IfMatch: etag,
    ...(range ? { Range: `bytes=${range.start}-${range.end}` } : { ChecksumMode: s3.checksumMode }),
  });
  const answer = await s3
    .call({ doing: 'read', key }, (client, options) => client.send(command, options))
    .catch((error: unknown) => {
      throw etag !== undefined && isBlobStoreError(error, 'KEY_EXISTS')
        ? new BlobStoreError('UNAVAILABLE', `blob ${key} changed while it was read`, { cause: error })
        : error;
    });
  const body = answer.Body as Readable;
  const isRange = answer.ContentRange?.startsWith(`bytes ${range?.start}-`) ?? false;
  if (range !== undefined && !isRange) {
    body.destroy();
    throw new BlobStoreError('UNAVAILABLE', `cannot read blob ${key}: S3 ignores the range it is asked for`);
  }
  const { ETag, ContentLength = 0 } = answer;
  return { body, chunks: body[Symbol.asyncIterator](), etag: ETag, lengthBytes: ContentLength };
}
