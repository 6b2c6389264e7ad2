import { lstat, mkdir, open, opendir, statfs, unlink } from 'node:fs/promises';

/** What the file driver uses of the operating system; tests put faults and counters in between. */
export interface FileSystem {
  readonly open: typeof open;
  readonly mkdir: typeof mkdir;
  readonly lstat: typeof lstat;
  readonly unlink: typeof unlink;
  readonly opendir: typeof opendir;
  readonly statfs: typeof statfs;
}

export const nodeFileSystem: FileSystem = { open, mkdir, lstat, unlink, opendir, statfs };

/** Makes the entries of a folder durable. */
export async function syncFolder(fileSystem: FileSystem, folder: string): Promise<void> {
  const handle = await fileSystem.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
