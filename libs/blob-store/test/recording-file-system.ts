import type { FileHandle } from 'node:fs/promises';
import { type FileSystem, nodeFileSystem } from '../file-system.ts';

/** What is put before the operations of every opened file: it may count, wait, or throw. */
export interface FileHooks {
  open?(file: string): Promise<void> | void;
  /** Returns how many bytes the write may take, or nothing for all. */
  write?(file: string, bytes: Uint8Array): Promise<number | undefined> | number | undefined;
  datasync?(file: string): Promise<void> | void;
  sync?(file: string): Promise<void> | void;
  statfs?(): { bavail: number; bsize: number } | undefined;
}

/** The real file system with hooks in between. */
export function recordingFileSystem(hooks: FileHooks): FileSystem {
  const open = (async (...args: Parameters<FileSystem['open']>) => {
    const file = String(args[0]);
    await hooks.open?.(file);
    return hook(await nodeFileSystem.open(...args), file, hooks);
  }) as FileSystem['open'];
  const statfs = (async (...args: Parameters<FileSystem['statfs']>) => ({
    ...(await nodeFileSystem.statfs(...args)),
    ...hooks.statfs?.(),
  })) as FileSystem['statfs'];
  return { ...nodeFileSystem, open, statfs };
}

type WriteArguments = [bytes: Uint8Array, offset: number, length: number, position: number];

function hook(handle: FileHandle, file: string, hooks: FileHooks): FileHandle {
  const { datasync, sync } = handle;
  const write = handle.write.bind(handle) as (...args: WriteArguments) => ReturnType<FileHandle['write']>;
  const hookedWrite = async (...[bytes, offset, length, position]: WriteArguments) => {
    const limit = await hooks.write?.(file, bytes.subarray(offset, offset + length));
    return write(bytes, offset, Math.min(length, limit ?? length), position);
  };
  Object.assign(handle, {
    write: hookedWrite,
    datasync: async () => {
      await hooks.datasync?.(file);
      await datasync.call(handle);
    },
    sync: async () => {
      await hooks.sync?.(file);
      await sync.call(handle);
    },
  });
  return handle;
}

/** A system error as node reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}
