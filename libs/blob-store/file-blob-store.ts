import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { checkBlobKey } from './blob-key.ts';
import { BlobStoreError } from './blob-store-error.ts';
import { resolveRange } from './byte-range.ts';
import { FileBlobWriter } from './file-blob-writer.ts';
import { createFileCheck } from './file-check.ts';
import { errnoOf, fileError } from './file-error.ts';
import { listFiles } from './file-list.ts';
import { createFileReader } from './file-reader.ts';
import { checkFlushedSize, parseFileState } from './file-state.ts';
import { type FileSystem, nodeFileSystem, syncFolder } from './file-system.ts';
import { createFolders, type Folders } from './folders.ts';
import type {
  BlobLocation,
  BlobStore,
  BlobWriter,
  ByteRange,
  DriverState,
  FlushedKey,
  ListedKey,
  UnfinishedWrite,
} from './port.ts';
import { createSlabPool } from './slab-pool.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;
const FILE_MODE = 0o640;
const SLABS = { slabBytes: 1024 * 1024, keptSlabs: 16 };

export interface FileBlobStoreOptions {
  /** An existing folder by its absolute real path. */
  readonly root: string;
  /** The gateway's internal location for the root, `/_blobs/`. Null: nobody else serves the files. */
  readonly accelPrefix?: string | null;
  /** Milliseconds; only for how long `check` keeps its outcome. */
  readonly clock?: () => number;
  readonly fileSystem?: FileSystem;
}

/**
 * Blobs as files, the key being the path under the root. A flush costs one fdatasync and, the first time, one fsync of
 * the folder; completing a flushed key costs a look at its size.
 */
export class FileBlobStore implements BlobStore {
  readonly #root: string;
  readonly #accelPrefix: string | null;
  readonly #fileSystem: FileSystem;
  readonly #folders: Folders;
  readonly #check: () => Promise<void>;
  readonly #slabs = createSlabPool(SLABS);

  constructor(options: FileBlobStoreOptions) {
    this.#root = options.root;
    this.#accelPrefix = options.accelPrefix ?? null;
    this.#fileSystem = options.fileSystem ?? nodeFileSystem;
    this.#folders = createFolders(this.#fileSystem, this.#root);
    this.#check = createFileCheck(this.#fileSystem, this.#root, options.clock ?? (() => performance.now()));
  }

  async create(key: string): Promise<BlobWriter> {
    const file = this.#pathOf(key);
    const folder = path.dirname(file);
    try {
      const handle = await this.#openNew(file);
      return new FileBlobWriter({
        key,
        handle,
        sizeBytes: 0,
        syncEntry: () => syncFolder(this.#fileSystem, folder),
        slabs: this.#slabs,
      });
    } catch (error) {
      throw createError(error, key);
    }
  }

  async resume(key: string, sizeBytes: number, state: DriverState): Promise<BlobWriter> {
    checkFlushedSize(key, sizeBytes, state);
    const { handle, lengthBytes } = await this.#openFile(key, O_WRONLY, 'resume');
    try {
      if (lengthBytes < sizeBytes) {
        throw shorterThanFlushed(key, lengthBytes, sizeBytes);
      }
      if (lengthBytes > sizeBytes) {
        await handle.truncate(sizeBytes);
      }
    } catch (error) {
      await handle.close();
      throw fileError(error, 'resume', key);
    }
    const folder = path.dirname(this.#pathOf(key));
    const isEntryDurable = state !== null && state !== undefined;
    return new FileBlobWriter({
      key,
      handle,
      sizeBytes,
      syncEntry: isEntryDurable ? null : () => syncFolder(this.#fileSystem, folder),
      slabs: this.#slabs,
    });
  }

  async complete(key: string, state: DriverState): Promise<void> {
    const { sizeBytes } = parseFileState(state, key);
    const stored = await this.stat(key);
    if (stored.sizeBytes < sizeBytes) {
      throw shorterThanFlushed(key, stored.sizeBytes, sizeBytes);
    }
    if (stored.sizeBytes > sizeBytes) {
      await this.#cut(key, state);
    }
  }

  async readPartial(key: string, sizeBytes: number, state: DriverState): Promise<Readable> {
    checkFlushedSize(key, sizeBytes, state);
    const { handle, lengthBytes } = await this.#openFile(key, O_RDONLY, 'read');
    if (lengthBytes < sizeBytes) {
      await handle.close();
      throw shorterThanFlushed(key, lengthBytes, sizeBytes);
    }
    return createFileReader({ key, handle, start: 0, lengthBytes: sizeBytes });
  }

  /** Whoever takes a file over reads it, to hash it. */
  async takeOver(key: string, from: FlushedKey): Promise<null> {
    checkBlobKey(key);
    checkFlushedSize(checkBlobKey(from.key), from.sizeBytes, from.state);
    return null;
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    const { handle, lengthBytes } = await this.#openFile(key, O_RDONLY, 'read');
    try {
      return createFileReader({ key, handle, ...resolveRange(key, lengthBytes, range) });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The gateway gives them faster. */
  readSmall(): null {
    return null;
  }

  async stat(key: string): Promise<{ readonly sizeBytes: number }> {
    const file = this.#pathOf(key);
    try {
      await this.#folders.checkNoLink(path.dirname(file));
      const stats = await this.#fileSystem.lstat(file);
      if (!stats.isFile()) {
        throw new BlobStoreError('KEY_UNKNOWN', `blob ${key} is no file`);
      }
      return { sizeBytes: stats.size };
    } catch (error) {
      throw fileError(error, 'stat', key);
    }
  }

  async remove(key: string): Promise<void> {
    const file = this.#pathOf(key);
    try {
      await this.#folders.checkNoLink(path.dirname(file));
      await this.#fileSystem.unlink(file);
    } catch (error) {
      const failure = fileError(error, 'remove', key);
      if (failure.code !== 'KEY_UNKNOWN') {
        throw failure;
      }
    }
  }

  list(): AsyncIterable<ListedKey> {
    return listFiles(this.#fileSystem, this.#root);
  }

  /** A file that is being written is its key, and listed as such. */
  async *listUnfinished(): AsyncGenerator<UnfinishedWrite> {}

  async discardUnfinished(): Promise<void> {}

  async locate(key: string): Promise<BlobLocation | null> {
    checkBlobKey(key);
    return this.#accelPrefix === null ? null : { kind: 'accel', path: this.#accelPrefix + key };
  }

  check(): Promise<void> {
    return this.#check();
  }

  async close(): Promise<void> {}

  #pathOf(key: string): string {
    return `${this.#root}/${checkBlobKey(key)}`;
  }

  async #openNew(file: string): Promise<FileHandle> {
    const folder = path.dirname(file);
    const open = async () => {
      await this.#folders.ensure(folder);
      return this.#fileSystem.open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
    };
    try {
      return await open();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') {
        throw error;
      }
      this.#folders.forget(folder);
      return open();
    }
  }

  async #openFile(
    key: string,
    flags: number,
    doing: string,
  ): Promise<{ handle: FileHandle; lengthBytes: number }> {
    const file = this.#pathOf(key);
    let handle: FileHandle | undefined;
    try {
      await this.#folders.checkNoLink(path.dirname(file));
      handle = await this.#fileSystem.open(file, flags | O_NOFOLLOW);
      const stats = await handle.stat();
      if (!stats.isFile()) {
        throw new BlobStoreError('KEY_UNKNOWN', `blob ${key} is no file`);
      }
      return { handle, lengthBytes: stats.size };
    } catch (error) {
      await handle?.close();
      throw fileError(error, doing, key);
    }
  }

  /** Bytes that were written but never flushed do not belong to the blob. */
  async #cut(key: string, state: DriverState): Promise<void> {
    const writer = await this.resume(key, parseFileState(state, key).sizeBytes, state);
    try {
      await writer.flush();
    } finally {
      await writer.close();
    }
  }
}

function shorterThanFlushed(key: string, lengthBytes: number, sizeBytes: number): BlobStoreError {
  return new BlobStoreError(
    'STATE_INVALID',
    `blob ${key} holds ${lengthBytes} bytes, but ${sizeBytes} were flushed`,
  );
}

/** What a failed `create` means: a key under a key (`a/b` where `a` is a blob), or a root that is gone. */
function createError(error: unknown, key: string): BlobStoreError {
  switch (errnoOf(error)) {
    case 'ENOTDIR':
      return new BlobStoreError('KEY_INVALID', `a part of blob key ${key} is a blob itself`, {
        cause: error,
      });
    case 'ENOENT':
      return new BlobStoreError('UNAVAILABLE', `cannot create blob ${key}: its folder is gone`, {
        cause: error,
      });
    default:
      return fileError(error, 'create', key);
  }
}
