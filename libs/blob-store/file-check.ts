import path from 'node:path';
import { BlobStoreError } from './blob-store-error.ts';
import { fileError } from './file-error.ts';
import type { FileSystem } from './file-system.ts';

const CHECK_FILE = '.check';
const MIN_FREE_BYTES = 1024 * 1024;
const KEEP_GOOD_MS = 5_000;
const KEEP_BAD_MS = 1_000;

/**
 * A check that bytes can be stored: room is left and a tiny write reaches the disk. Callers in between share the last
 * outcome (5 s when good, 1 s when bad), so that probes cost the disk nothing.
 */
export function createFileCheck(
  fileSystem: FileSystem,
  root: string,
  clock: () => number,
): () => Promise<void> {
  let last: Promise<void> | null = null;
  let keepUntil = 0;

  return () => {
    if (last === null || clock() >= keepUntil) {
      keepUntil = Number.POSITIVE_INFINITY;
      last = probe(fileSystem, root);
      last.then(
        () => {
          keepUntil = clock() + KEEP_GOOD_MS;
        },
        () => {
          keepUntil = clock() + KEEP_BAD_MS;
        },
      );
    }
    return last;
  };
}

async function probe(fileSystem: FileSystem, root: string): Promise<void> {
  try {
    const { bavail, bsize } = await fileSystem.statfs(root);
    if (bavail * bsize < MIN_FREE_BYTES) {
      throw new BlobStoreError('STORAGE_FULL', `${bavail * bsize} bytes are left under ${root}`);
    }
    const handle = await fileSystem.open(path.join(root, CHECK_FILE), 'w', 0o640);
    try {
      await handle.writeFile('ok\n');
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const failure = fileError(error, 'write', path.join(root, CHECK_FILE));
    throw failure.code === 'STORAGE_FULL'
      ? failure
      : new BlobStoreError('UNAVAILABLE', failure.message, { cause: error });
  }
}
