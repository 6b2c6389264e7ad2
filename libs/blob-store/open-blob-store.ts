import { randomUUID } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BlobStoreError } from './blob-store-error.ts';
import { FileBlobStore } from './file-blob-store.ts';
import { reasonOf } from './file-error.ts';
import { nodeFileSystem, syncFolder } from './file-system.ts';
import type { BlobStore } from './port.ts';
import type { RedirectPolicy } from './s3/redirect.ts';
import { parseS3Url } from './s3/s3-url.ts';

export interface OpenBlobStoreOptions {
  /**
   * `file:/absolute/folder`; the folder is made when it is missing. Or
   * `s3://bucket/prefix?region=…&endpoint=…&publicEndpoint=…&pathStyle=true&checksums=when_required`; the bucket must be there.
   */
  readonly url: string;
  /** Internal location of the gateway that serves the same folder (`/_blobs/`): `locate` then names paths under it. */
  readonly accelPrefix?: string;
  /** Whether clients are sent to S3 for downloads; `auto`: where they can reach it. Default `auto`. */
  readonly redirect?: RedirectPolicy;
  /** Milliseconds from any origin. */
  readonly clock?: () => number;
}

/**
 * The blob store that a URL names, checked to be writable.
 * BlobStoreError URL_INVALID for a URL of no driver, UNAVAILABLE or STORAGE_FULL when bytes cannot be stored there.
 */
export async function openBlobStore(options: OpenBlobStoreOptions): Promise<BlobStore> {
  const store = options.url.startsWith('s3:') ? await openS3(options) : await openFiles(options);
  try {
    await store.check();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens nothing. BlobStoreError URL_INVALID for a URL of no driver; the message never shows credentials. */
export function checkBlobStoreUrl(url: string): void {
  if (url.startsWith('s3:')) parseS3Url(url);
  else folderOf(url);
}

async function openFiles({
  url,
  accelPrefix,
  clock = defaultClock,
}: OpenBlobStoreOptions): Promise<BlobStore> {
  const root = await makeRoot(folderOf(url));
  return new FileBlobStore({ root, accelPrefix: accelPrefix ?? null, clock });
}

async function openS3({
  url,
  redirect = 'auto',
  clock = defaultClock,
}: OpenBlobStoreOptions): Promise<BlobStore> {
  const place = parseS3Url(url);
  // The SDK takes 60 MB: only where it is used.
  const { S3BlobStore } = await import('./s3/s3-blob-store.ts');
  return new S3BlobStore({ place, redirect, clock, newId: randomUUID });
}

function defaultClock(): number {
  return performance.now();
}

function folderOf(url: string): string {
  // `new URL` would make `file:data` and `file:./data` absolute at the root of the disk.
  if (!url.startsWith('file:/')) {
    throw new BlobStoreError(
      'URL_INVALID',
      `blob store URL ${withoutSecrets(url)} must be file:/absolute/folder or s3://bucket/prefix`,
    );
  }
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new BlobStoreError('URL_INVALID', `blob store URL ${url} names no folder`, { cause: error });
  }
}

function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/\?.*$/s, '');
}

async function makeRoot(folder: string): Promise<string> {
  try {
    const firstMade = await mkdir(folder, { recursive: true, mode: 0o750 });
    const root = await realpath(folder);
    if (firstMade !== undefined) {
      const existing = await realpath(path.dirname(firstMade));
      for (let made = root; made !== existing; made = path.dirname(made)) {
        await syncFolder(nodeFileSystem, path.dirname(made));
      }
    }
    return root;
  } catch (error) {
    throw new BlobStoreError('UNAVAILABLE', `cannot use ${folder} for blobs: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
