import type { Readable } from 'node:stream';
import type { BlobWriter } from '@berth/blob-store';
import type { Distribution } from '../distribution.ts';
import { type Claimed, type Lease, withLease } from './lease.ts';
import { releaseChunk } from './release-chunk.ts';
import { updateHashes } from './running-hashes.ts';
import type { UploadSession } from './upload-sessions.ts';

/** So much is lost at most, besides what is on its way, when the process dies in the middle of a body; ten seconds' worth of a slow one. */
const RECORDED_EVERY_BYTES = 128 * 1024 * 1024;

/** What stands in the store now. */
export type Flushed = Pick<UploadSession, 'driverState' | 'sizeBytes' | 'isBegun'>;

/** The same at the end of a body, and why it ended early, if it did. */
export interface Written extends Flushed {
  readonly version: number;
  readonly failure: unknown;
}

export interface WriteOptions {
  readonly hashes: UploadSession['hashes'];
  readonly body: Readable;
  readonly openWriter: () => Promise<BlobWriter>;
  /** Notes what is flushed while the body goes on; the version by which the claim is held from then on. */
  readonly record?: (flushed: Flushed & { readonly version: number }) => Promise<number>;
}

/**
 * Pours a body into the writer, hashing, and flushes it; the claim is renewed as long as bytes flow, and a long body recorded
 * on the way, so that little is lost when this process dies. When the body breaks off, what arrived is flushed all the
 * same; errors of the store are thrown.
 */
export async function writeClaimed(
  distribution: Distribution,
  claimed: Claimed,
  options: WriteOptions,
): Promise<Written> {
  return await withLease(distribution, claimed, async (lease) => {
    const writer = await options.openWriter();
    try {
      lease.watch({
        progress: () => writer.sizeBytes,
        stop: (error) => options.body.destroy(error),
      });
      const failure = await pour(writer, lease, options);
      return { ...(await flush(writer)), failure };
    } finally {
      await writer.close();
    }
  });
}

/** The error that ended the body, if one did; errors of the writer are thrown. */
async function pour(
  writer: BlobWriter,
  lease: Lease,
  { body, hashes, record }: WriteOptions,
): Promise<unknown> {
  const chunks = body[Symbol.asyncIterator]();
  let recordedBytes = writer.sizeBytes;
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = await chunks.next();
    } catch (error) {
      return error;
    }
    if (next.done) return undefined;
    updateHashes(hashes, next.value);
    await writer.append(next.value);
    releaseChunk(next.value);
    const isMuch = writer.sizeBytes - recordedBytes >= RECORDED_EVERY_BYTES;
    if (record && (lease.isCheckpointDue() || isMuch)) {
      const flushed = await flush(writer);
      recordedBytes = flushed.sizeBytes;
      await lease.exchange((version) => record({ ...flushed, version }));
    }
  }
}

async function flush(writer: BlobWriter): Promise<Flushed> {
  return { driverState: await writer.flush(), sizeBytes: writer.sizeBytes, isBegun: true };
}
