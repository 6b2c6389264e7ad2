import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Connection } from './s3-connection.ts';

export interface ListedObject {
  /** Below the prefix of the store. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

export interface OpenMultipart {
  readonly key: string;
  readonly uploadId: string;
  readonly startedAt: Date;
}

interface Listing {
  /** Of names below the store's own prefix. */
  readonly prefix?: string;
  readonly doing?: string;
  /** For errors. */
  readonly about?: string;
}

const PAGE = 1_000;

/** Objects in the order of their names, a page in memory at a time. */
export async function* listObjects(
  s3: S3Connection,
  { prefix = '', doing = 'list', about = `${prefix}*` }: Listing = {},
): AsyncGenerator<ListedObject> {
  let token: string | undefined;
  do {
    const page = await s3.call({ doing, key: about }, (client, options) =>
      client.send(
        new ListObjectsV2Command({
          Bucket: s3.bucket,
          Prefix: s3.objectName(prefix),
          MaxKeys: PAGE,
          ContinuationToken: token,
        }),
        options,
      ),
    );
    for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
      const key = s3.keyOf(Key);
      if (key !== null) yield { key, sizeBytes: Size, modifiedAt: LastModified };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** Multipart uploads that were neither completed nor aborted, in the order of their keys. */
export async function* listMultiparts(
  s3: S3Connection,
  { prefix = '', doing = 'list', about = `${prefix}*` }: Listing = {},
): AsyncGenerator<OpenMultipart> {
  let markers: { KeyMarker: string; UploadIdMarker: string | undefined } | undefined;
  do {
    const page = await s3.call({ doing, key: about }, (client, options) =>
      client.send(
        new ListMultipartUploadsCommand({
          Bucket: s3.bucket,
          Prefix: s3.objectName(prefix),
          MaxUploads: PAGE,
          ...markers,
        }),
        options,
      ),
    );
    for (const { Key = '', UploadId, Initiated = new Date(0) } of page.Uploads ?? []) {
      const key = s3.keyOf(Key);
      if (key !== null && UploadId !== undefined) yield { key, uploadId: UploadId, startedAt: Initiated };
    }
    markers =
      page.IsTruncated === true && page.NextKeyMarker !== undefined
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
  } while (markers !== undefined);
}
