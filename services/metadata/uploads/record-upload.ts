import { isStoreError } from '@berth/document-store';
import type { Facts } from '../facts.ts';
import { findClaimed, rangeError } from './claim-upload.ts';
import type { UploadDocument, UploadRef } from './find-upload.ts';

/** What a claimant has flushed: all bytes of the upload up to now. */
export interface FlushedBytes {
  readonly version: number;
  readonly sizeBytes: number;
  readonly digests: Readonly<Record<string, string>>;
  readonly driverState?: unknown;
}

/** Notes flushed bytes and ends the claim; the upload is at rest again. UPLOAD_RANGE when the claim was lost. */
export async function recordUpload(facts: Facts, ref: UploadRef & FlushedBytes): Promise<number> {
  const upload = await findClaimed(facts, ref);
  try {
    return (await facts.uploads.replace(atRest(upload, ref, facts.clock()), { relaxed: true })).version;
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) throw rangeError(upload, 'this writer lost its claim');
    throw error;
  }
}

/** The upload with the claimant's bytes taken over: a fresh key becomes the current one, the old one is left behind. */
export function atRest(upload: UploadDocument, flushed: FlushedBytes, now: number): UploadDocument {
  const { leaseUntil: _, next, ...rest } = upload;
  const key = next?.key ?? upload.current.key;
  return {
    ...rest,
    current: flushed.driverState === undefined ? { key } : { key, driverState: flushed.driverState },
    superseded: next ? [...upload.superseded, upload.current] : upload.superseded,
    sizeBytes: flushed.sizeBytes,
    digests: { ...flushed.digests },
    changedAt: now,
  };
}
