import type { FileHandle } from 'node:fs/promises';
import { type FileSystem, nodeFileSystem } from '../file-system.ts';

/** What is put before the operations of every opened file: it may count, wait, or throw. */
export interface FileHooks {
  open?(file: string): Promise<void> | void;
  /** Returns how many bytes the write may take, or nothing for all. */
  writev?(file: string, buffers: readonly Uint8Array[]): Promise<number | undefined> | number | undefined;
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

function hook(handle: FileHandle, file: string, hooks: FileHooks): FileHandle {
  const { writev, datasync, sync } = handle;
  const hookedWritev = async (buffers: readonly NodeJS.ArrayBufferView[], position?: number | null) => {
    const limit = await hooks.writev?.(file, buffers as readonly Uint8Array[]);
    return writev.call(
      handle,
      limit === undefined ? buffers : firstBytes(buffers, limit),
      position ?? undefined,
    );
  };
  Object.assign(handle, {
    writev: hookedWritev,
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

function firstBytes(buffers: readonly NodeJS.ArrayBufferView[], count: number): Uint8Array[] {
  const all = Buffer.concat(buffers as readonly Uint8Array[]);
  return [all.subarray(0, count)];
}

/** A system error as node reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}
