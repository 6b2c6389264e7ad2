import type { Dir } from 'node:fs';
import path from 'node:path';
import { isBlobKey } from './blob-key.ts';
import { BlobStoreError } from './blob-store-error.ts';
import { errnoOf, fileError, reasonOf } from './file-error.ts';
import type { FileSystem } from './file-system.ts';
import type { ListedKey } from './port.ts';

/**
 * Every key under `root`, folder by folder, one open folder per level. Links, and names that are no keys, are left
 * out; so is what disappears meanwhile.
 */
export async function* listFiles(
  fileSystem: FileSystem,
  root: string,
  prefix = '',
): AsyncGenerator<ListedKey> {
  const folder = await openFolder(fileSystem, path.join(root, prefix), prefix);
  if (folder === null) {
    return;
  }
  for await (const entry of folder) {
    const key = prefix + entry.name;
    if (!isBlobKey(key)) {
      continue;
    }
    if (entry.isDirectory()) {
      yield* listFiles(fileSystem, root, `${key}/`);
    } else if (entry.isFile()) {
      const listed = await describe(fileSystem, root, key);
      if (listed !== null) {
        yield listed;
      }
    }
  }
}

async function openFolder(fileSystem: FileSystem, folder: string, prefix: string): Promise<Dir | null> {
  try {
    return await fileSystem.opendir(folder, { bufferSize: 128 });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && prefix !== '') {
      return null;
    }
    throw new BlobStoreError('UNAVAILABLE', `cannot list blobs: ${reasonOf(error)}`, { cause: error });
  }
}

async function describe(fileSystem: FileSystem, root: string, key: string): Promise<ListedKey | null> {
  try {
    const stats = await fileSystem.lstat(path.join(root, key));
    return { key, sizeBytes: stats.size, modifiedAt: stats.mtime };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return null;
    }
    throw fileError(error, 'list', key);
  }
}
