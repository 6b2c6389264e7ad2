import type { FileHandle } from 'node:fs/promises';
import { BlobStoreError } from './blob-store-error.ts';
import { fileError } from './file-error.ts';
import type { FileState } from './file-state.ts';
import type { BlobWriter } from './port.ts';
import type { SlabPool } from './slab-pool.ts';

export interface FileBlobWriterOptions {
  readonly key: string;
  readonly handle: FileHandle;
  /** Where to go on: what the file holds already. */
  readonly sizeBytes: number;
  /** Makes the file's entry in its folder durable; null when an earlier flush did. */
  readonly syncEntry: (() => Promise<void>) | null;
  /** A write is begun when a slab is full. */
  readonly slabs: SlabPool;
}

/**
 * Copies chunks into a slab, one being written while the next fills: a writer holds two at most, and whoever gave a
 * chunk may use its memory again at once. The first error ends it: from then on every append and flush rejects with it, since nobody
 * knows what the file holds.
 */
export class FileBlobWriter implements BlobWriter {
  readonly #key: string;
  readonly #handle: FileHandle;
  #syncEntry: (() => Promise<void>) | null;
  readonly #slabs: SlabPool;
  #slab: Uint8Array<ArrayBuffer> | null = null;
  #filledBytes = 0;
  #acceptedBytes: number;
  #writtenBytes: number;
  #writing: Promise<void> | null = null;
  #failure: BlobStoreError | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: FileBlobWriterOptions) {
    this.#key = options.key;
    this.#handle = options.handle;
    this.#syncEntry = options.syncEntry;
    this.#slabs = options.slabs;
    this.#acceptedBytes = options.sizeBytes;
    this.#writtenBytes = options.sizeBytes;
  }

  get sizeBytes(): number {
    return this.#acceptedBytes;
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#throwIfUnusable();
    for (let taken = 0; taken < chunk.byteLength; ) {
      this.#slab ??= this.#slabs.take();
      const piece = chunk.subarray(taken, taken + this.#slab.byteLength - this.#filledBytes);
      this.#slab.set(piece, this.#filledBytes);
      this.#filledBytes += piece.byteLength;
      this.#acceptedBytes += piece.byteLength;
      taken += piece.byteLength;
      if (this.#filledBytes === this.#slab.byteLength) {
        await this.#settleWriting();
        this.#beginWriting();
      }
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
    this.#dropSlab();
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
    const slab = this.#slab;
    if (slab === null || this.#writing !== null) {
      return;
    }
    const bytes = slab.subarray(0, this.#filledBytes);
    this.#slab = null;
    this.#filledBytes = 0;
    this.#writing = this.#writeAll(bytes)
      .catch((error: unknown) => {
        this.#poison(error, 'write');
      })
      .finally(() => {
        this.#slabs.give(slab);
        this.#writing = null;
      });
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const { bytesWritten } = await this.#handle.write(rest, 0, rest.byteLength, this.#writtenBytes);
      if (bytesWritten === 0) {
        throw new Error('the file system took no bytes');
      }
      this.#writtenBytes += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }

  #poison(error: unknown, doing: string): BlobStoreError {
    this.#failure ??= fileError(error, doing, this.#key);
    this.#dropSlab();
    return this.#failure;
  }

  #dropSlab(): void {
    if (this.#slab !== null) this.#slabs.give(this.#slab);
    this.#slab = null;
    this.#filledBytes = 0;
  }
}
