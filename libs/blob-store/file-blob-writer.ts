import type { FileHandle } from 'node:fs/promises';
import { BlobStoreError } from './blob-store-error.ts';
import { fileError } from './file-error.ts';
import type { FileState } from './file-state.ts';
import type { BlobWriter } from './port.ts';

/** A write is begun when this much has been collected, or this many chunks (what one writev takes). */
const BATCH_BYTES = 1024 * 1024;
const BATCH_CHUNKS = 1024;

export interface FileBlobWriterOptions {
  readonly key: string;
  readonly handle: FileHandle;
  /** Where to go on: what the file holds already. */
  readonly sizeBytes: number;
  /** Makes the file's entry in its folder durable; null when an earlier flush did. */
  readonly syncEntry: (() => Promise<void>) | null;
}

/**
 * Collects chunks and hands them to writev as they are, one write in flight while the next collects: at most two
 * batches are in memory. The first error ends it: from then on every append and flush rejects with it, since nobody
 * knows what the file holds.
 */
export class FileBlobWriter implements BlobWriter {
  readonly #key: string;
  readonly #handle: FileHandle;
  #syncEntry: (() => Promise<void>) | null;
  #collected: Uint8Array[] = [];
  #collectedBytes = 0;
  #acceptedBytes: number;
  #writtenBytes: number;
  #writing: Promise<void> | null = null;
  #failure: BlobStoreError | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: FileBlobWriterOptions) {
    this.#key = options.key;
    this.#handle = options.handle;
    this.#syncEntry = options.syncEntry;
    this.#acceptedBytes = options.sizeBytes;
    this.#writtenBytes = options.sizeBytes;
  }

  get sizeBytes(): number {
    return this.#acceptedBytes;
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#throwIfUnusable();
    if (chunk.byteLength === 0) {
      return;
    }
    this.#collected.push(chunk);
    this.#collectedBytes += chunk.byteLength;
    this.#acceptedBytes += chunk.byteLength;
    if (this.#collectedBytes >= BATCH_BYTES || this.#collected.length >= BATCH_CHUNKS) {
      await this.#settleWriting();
      this.#beginWriting();
    }
  }

  async flush(): Promise<FileState> {
    this.#throwIfUnusable();
    do {
      await this.#settleWriting();
      this.#beginWriting();
    } while (this.#writing !== null);
    const sizeBytes = this.#writtenBytes;
    try {
      // The file first: on journaling file systems its commit carries the folder's entry along.
      await this.#handle.datasync();
      await this.#syncEntry?.();
      this.#syncEntry = null;
    } catch (error) {
      throw this.#poison(error, 'flush');
    }
    return { sizeBytes };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing;
    this.#collected = [];
    this.#collectedBytes = 0;
    await this.#handle.close().catch((error: unknown) => {
      throw fileError(error, 'close', this.#key);
    });
  }

  #throwIfUnusable(): void {
    if (this.#failure !== null) {
      throw this.#failure;
    }
    if (this.#closing !== null) {
      throw new BlobStoreError('STATE_INVALID', `the writer of blob ${this.#key} is closed`);
    }
  }

  async #settleWriting(): Promise<void> {
    while (this.#writing !== null) {
      await this.#writing;
    }
    this.#throwIfUnusable();
  }

  /** Starts to write what was collected; `#writing` never rejects, a failure is kept in `#failure`. */
  #beginWriting(): void {
    if (this.#collected.length === 0 || this.#writing !== null) {
      return;
    }
    const chunks = this.#collected;
    this.#collected = [];
    this.#collectedBytes = 0;
    this.#writing = this.#writeAll(chunks)
      .catch((error: unknown) => {
        this.#poison(error, 'write');
      })
      .finally(() => {
        this.#writing = null;
      });
  }

  async #writeAll(chunks: Uint8Array[]): Promise<void> {
    let rest = chunks;
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest, this.#writtenBytes);
      if (bytesWritten === 0) {
        throw new Error('the file system took no bytes');
      }
      this.#writtenBytes += bytesWritten;
      rest = dropBytes(rest, bytesWritten);
    }
  }

  #poison(error: unknown, doing: string): BlobStoreError {
    this.#failure ??= fileError(error, doing, this.#key);
    this.#collected = [];
    this.#collectedBytes = 0;
    return this.#failure;
  }
}

/** What is left of the chunks without their first `count` bytes. */
function dropBytes(chunks: Uint8Array[], count: number): Uint8Array[] {
  let dropped = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (dropped + chunk.byteLength > count) {
      return [chunk.subarray(count - dropped), ...chunks.slice(index + 1)];
    }
    dropped += chunk.byteLength;
  }
  return [];
}
