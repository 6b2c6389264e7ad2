import path from 'node:path';
import { BlobStoreError } from './blob-store-error.ts';
import { fileError } from './file-error.ts';
import type { FileSystem } from './file-system.ts';
import { rememberedCheck } from './remembered-check.ts';

const CHECK_FILE = '.check';
const MIN_FREE_BYTES = 1024 * 1024;
const KEEP_GOOD_MS = 5_000;

/** A check that bytes can be stored: room is left and a tiny write reaches the disk. */
export function createFileCheck(
  fileSystem: FileSystem,
  root: string,
  clock: () => number,
): () => Promise<void> {
  return rememberedCheck(() => probe(fileSystem, root), { clock, keepGoodMs: KEEP_GOOD_MS });
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
