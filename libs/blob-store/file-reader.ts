import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BlobStoreError } from './blob-store-error.ts';
import { fileError } from './file-error.ts';

/** Large enough that the thread pool's round trip is small beside the copy; two of them are held per reader. */
const CHUNK_BYTES = 256 * 1024;

export interface FileReaderOptions {
  readonly key: string;
  readonly handle: FileHandle;
  readonly start: number;
  readonly lengthBytes: number;
}

/**
 * Streams `lengthBytes` of an open file from `start` and closes it at the end. A file that ends earlier, or cannot be
 * read, is an error of the stream (BlobStoreError UNAVAILABLE), never a short success.
 */
export function createFileReader({ key, handle, start, lengthBytes }: FileReaderOptions): Readable {
  const end = start + lengthBytes;
  let position = start;

  async function readChunk(reader: Readable): Promise<void> {
    const wanted = Math.min(CHUNK_BYTES, end - position);
    if (wanted === 0) {
      reader.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(wanted);
    const { bytesRead } = await handle.read(buffer, 0, wanted, position);
    if (bytesRead === 0) {
      throw new BlobStoreError('UNAVAILABLE', `blob ${key} ends at ${position}, not at ${end}`);
    }
    position += bytesRead;
    if (!reader.destroyed) {
      reader.push(bytesRead === wanted ? buffer : buffer.subarray(0, bytesRead));
    }
  }

  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      readChunk(this).catch((error: unknown) => this.destroy(fileError(error, 'read', key)));
    },
    destroy(error, callback) {
      handle.close().then(
        () => callback(error),
        (closeError: unknown) => callback(error ?? fileError(closeError, 'close', key)),
      );
    },
  });
}
