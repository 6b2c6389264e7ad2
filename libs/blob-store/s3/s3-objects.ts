import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { isBlobStoreError } from '../blob-store-error.ts';
import type { S3Connection } from './s3-connection.ts';

export interface NamedObject {
  /** Below the prefix: a key, or a name of the driver's own. */
  readonly name: string;
  /** Whose bytes they are, for errors. */
  readonly key: string;
}

/** The size of an object; null when it is missing. */
export async function objectSize(s3: S3Connection, { name, key }: NamedObject): Promise<number | null> {
  try {
    const { ContentLength = 0 } = await s3.call({ doing: 'stat', key }, (client, options) =>
      client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: s3.objectName(name) }), options),
    );
    return ContentLength;
  } catch (error) {
    if (isBlobStoreError(error, 'KEY_UNKNOWN')) return null;
    throw error;
  }
}

/** Writes an object that is written again only with the same bytes. */
export async function putObject(
  s3: S3Connection,
  { name, key }: NamedObject,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  await s3.call({ doing: 'write', key, bodyBytes: bytes.byteLength, signal }, (client, options) =>
    client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: s3.objectName(name), Body: bytes }), options),
  );
}

/**
 * Writes an object that must not be there yet. `writeId` tells this writer's own bytes, whose answer was lost, from
 * another's. KEY_EXISTS for another's.
 */
export async function putNewObject(
  s3: S3Connection,
  { name, key }: NamedObject,
  {
    bytes,
    writeId,
    signal,
  }: { readonly bytes: Uint8Array; readonly writeId: string; readonly signal?: AbortSignal },
): Promise<void> {
  const Key = s3.objectName(name);
  const Metadata = { [WRITE_ID]: writeId };
  try {
    await s3.call({ doing: 'write', key, bodyBytes: bytes.byteLength, signal }, (client, options) =>
      client.send(
        new PutObjectCommand({ Bucket: s3.bucket, Key, Body: bytes, IfNoneMatch: '*', Metadata }),
        options,
      ),
    );
  } catch (error) {
    if (!isBlobStoreError(error, 'KEY_EXISTS')) throw error;
    const found = await s3.call({ doing: 'stat', key, signal }, (client, options) =>
      client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key }), options),
    );
    if (found.Metadata?.[WRITE_ID] !== writeId) throw error;
  }
}

const WRITE_ID = 'berth-write';

/** Within the bucket, by S3 itself; at most 5 GiB. */
export async function copyObject(
  s3: S3Connection,
  { from, to, key, sizeBytes }: { from: string; to: string; key: string; sizeBytes: number },
): Promise<void> {
  const CopySource = `${s3.bucket}/${s3.objectName(from)}`;
  await s3.call({ doing: 'copy', key, bodyBytes: sizeBytes }, (client, options) =>
    client.send(new CopyObjectCommand({ Bucket: s3.bucket, Key: s3.objectName(to), CopySource }), options),
  );
}

/** A missing one is no error. */
export async function removeObject(s3: S3Connection, name: string, key: string): Promise<void> {
  await s3.call({ doing: 'remove', key }, (client, options) =>
    client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: s3.objectName(name) }), options),
  );
}
