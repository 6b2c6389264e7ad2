import path from 'node:path';
import { BlobStoreError } from './blob-store-error.ts';
import { errnoOf } from './file-error.ts';
import { type FileSystem, syncFolder } from './file-system.ts';

const MAX_REMEMBERED = 10_000;
const FOLDER_MODE = 0o750;

/** The folders under one root: each is made and its parent fsync'ed once per process, whoever made it. */
export interface Folders {
  /**
   * Makes the folder and its parents down from the root, durably. A folder that is there already has its parent
   * fsync'ed too: whoever made it may have died before. BlobStoreError KEY_INVALID for a symbolic link.
   */
  ensure(folder: string): Promise<void>;
  /** BlobStoreError KEY_INVALID when the folder, or one between it and the root, is a symbolic link. */
  checkNoLink(folder: string): Promise<void>;
  /** Somebody removed it: look again the next time. */
  forget(folder: string): void;
}

export function createFolders(fileSystem: FileSystem, root: string): Folders {
  const durable = new Map<string, Promise<void>>();
  const seen = new Set<string>();

  async function make(folder: string): Promise<void> {
    const parent = path.dirname(folder);
    await ensure(parent);
    await fileSystem.mkdir(folder, { mode: FOLDER_MODE }).catch((error: unknown) => {
      if (errnoOf(error) !== 'EEXIST') {
        throw error;
      }
    });
    await checkNoLink(folder);
    await syncFolder(fileSystem, parent);
  }

  async function ensure(folder: string): Promise<void> {
    if (folder === root) {
      return;
    }
    let made = durable.get(folder);
    if (made === undefined) {
      if (durable.size >= MAX_REMEMBERED) {
        durable.clear();
      }
      made = make(folder);
      durable.set(folder, made);
      made.catch(() => durable.delete(folder));
    }
    await made;
  }

  async function checkNoLink(folder: string): Promise<void> {
    if (folder === root || seen.has(folder)) {
      return;
    }
    await checkNoLink(path.dirname(folder));
    if ((await fileSystem.lstat(folder)).isSymbolicLink()) {
      throw new BlobStoreError('KEY_INVALID', `${folder} is a symbolic link`);
    }
    if (seen.size >= MAX_REMEMBERED) {
      seen.clear();
    }
    seen.add(folder);
  }

  function forget(folder: string): void {
    for (let each = folder; each.startsWith(root) && each !== root; each = path.dirname(each)) {
      durable.delete(each);
      seen.delete(each);
    }
  }

  return { ensure, checkNoLink, forget };
}
