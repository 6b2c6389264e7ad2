import type { Readable } from 'node:stream';
import type { BlobWriter } from '@berth/blob-store';
import { releaseUpload, renewUpload } from '@berth/contracts';
import type { Distribution } from '../distribution.ts';
import { releaseChunk } from './release-chunk.ts';
import { updateHashes } from './running-hashes.ts';
import type { UploadRef } from './upload-ref.ts';
import type { UploadSession } from './upload-sessions.ts';

export interface Claimed {
  readonly ref: UploadRef;
  /** Makes this request the only writer. */
  readonly version: number;
  readonly hashes: UploadSession['hashes'];
  /** For how long a claim holds without being renewed; none was made where nothing is recorded yet. */
  readonly leaseMs?: number;
}

/** What stands in the store now, and why the body ended early, if it did. */
export interface Written extends Pick<UploadSession, 'version' | 'driverState' | 'sizeBytes' | 'isBegun'> {
  readonly failure: unknown;
}

const RENEW_MS = 10_000;
/** So often within a lease. */
const RENEWALS = 3;

/**
 * Pours a body into the writer, hashing, and flushes it; the claim is renewed as long as bytes flow. When the body
 * breaks off, what arrived is flushed all the same. When the store fails, the claim is given back, so that nobody has to wait
 * for its lease, and the store's error is thrown.
 */
export async function writeClaimed(
  distribution: Distribution,
  claimed: Claimed,
  body: Readable,
  openWriter: () => Promise<BlobWriter>,
): Promise<Written> {
  const { ref, hashes } = claimed;
  const lease = keepLease(distribution, claimed, body);
  let writer: BlobWriter | undefined;
  try {
    writer = await openWriter();
    lease.watch(writer);
    const failure = await pour(body, writer, hashes);
    const driverState = await writer.flush();
    return { version: await lease.end(), driverState, sizeBytes: writer.sizeBytes, isBegun: true, failure };
  } catch (error) {
    await giveBack(distribution, ref, lease);
    throw error;
  } finally {
    await writer?.close();
  }
}

/** The error that ended the body, if one did; errors of the writer are thrown. */
async function pour(body: Readable, writer: BlobWriter, hashes: UploadSession['hashes']): Promise<unknown> {
  const chunks = body[Symbol.asyncIterator]();
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
  }
}

interface Lease {
  /** Renewed only while this one grows. */
  watch(writer: BlobWriter): void;
  /** Stops renewing; the version by which the claim is held now. Rejects when it was lost. */
  end(): Promise<number>;
}

/** When the claim is lost, the body is cut, since its bytes would be written for nothing. */
function keepLease(distribution: Distribution, claimed: Claimed, body: Readable): Lease {
  const { ref, leaseMs = RENEW_MS * RENEWALS } = claimed;
  let { version } = claimed;
  let writer: BlobWriter | undefined;
  let renewedAtBytes = -1;
  let renewal: Promise<void> = Promise.resolve();
  const timer = setInterval(
    () => {
      renewal = renewal.then(renew);
      renewal.catch((error: unknown) => {
        clearInterval(timer);
        body.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    },
    Math.min(RENEW_MS, leaseMs / RENEWALS),
  );

  async function renew(): Promise<void> {
    const sizeBytes = writer?.sizeBytes ?? 0;
    if (sizeBytes === renewedAtBytes) return;
    renewedAtBytes = sizeBytes;
    ({ version } = await distribution.bus.call(renewUpload, { ...ref, version }));
  }

  return {
    watch: (opened) => {
      writer = opened;
    },
    async end() {
      clearInterval(timer);
      await renewal;
      return version;
    },
  };
}

async function giveBack({ bus, logger }: Distribution, ref: UploadRef, lease: Lease): Promise<void> {
  try {
    await bus.call(releaseUpload, { ...ref, version: await lease.end() });
  } catch (error) {
    logger.debug('the claim of an upload ends by its lease', { uploadId: ref.uploadId, error });
  }
}
