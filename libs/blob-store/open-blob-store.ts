import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BlobStoreError } from './blob-store-error.ts';
import { FileBlobStore } from './file-blob-store.ts';
import { reasonOf } from './file-error.ts';
import { nodeFileSystem, syncFolder } from './file-system.ts';
import type { BlobStore } from './port.ts';

export interface OpenBlobStoreOptions {
  /** `file:/absolute/folder`; the folder is made when it is missing. */
  readonly url: string;
  /** Internal location of the gateway that serves the same folder (`/_blobs/`): `locate` then names paths under it. */
  readonly accelPrefix?: string;
  /** Milliseconds from any origin. */
  readonly clock?: () => number;
}

/**
 * The blob store that a URL names, checked to be writable.
 * BlobStoreError URL_INVALID for a URL of no driver, UNAVAILABLE or STORAGE_FULL when bytes cannot be stored there.
 */
export async function openBlobStore(options: OpenBlobStoreOptions): Promise<BlobStore> {
  const root = await makeRoot(folderOf(options.url));
  const store = new FileBlobStore({
    root,
    accelPrefix: options.accelPrefix ?? null,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  await store.check();
  return store;
}

function folderOf(url: string): string {
  // `new URL` would make `file:data` and `file:./data` absolute at the root of the disk.
  if (!url.startsWith('file:/')) {
    throw new BlobStoreError(
      'URL_INVALID',
      `blob store URL ${withoutSecrets(url)} must be file:/absolute/folder`,
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
