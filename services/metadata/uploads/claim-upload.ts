import { ServiceError } from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import type { StoredKey } from '../documents/upload.ts';
import type { Facts } from '../facts.ts';
import {
  findOpenUpload,
  findUpload,
  type UploadDocument,
  type UploadRef,
  uploadUnknown,
} from './find-upload.ts';

export interface ClaimRequest extends UploadRef {
  readonly heldVersion?: number | undefined;
  readonly expectedOffsetBytes?: number | undefined;
  /** To commit what is recorded: the claimant writes nothing more to its key. */
  readonly isEnding?: boolean | undefined;
}

export interface UploadClaim {
  readonly version: number;
  readonly key: string;
  readonly sizeBytes: number;
  readonly driverState?: unknown;
  readonly digests?: Record<string, string>;
  readonly copyFrom?: StoredKey & { readonly sizeBytes: number };
  readonly leaseMs: number;
}

/**
 * Takes the upload for one writer, by version and with a lease (architecture §3). A claimant that does not hold the
 * running hash of what is stored gets a fresh key to copy the prefix to, so that two writers never share a file.
 */
export async function claimUpload(facts: Facts, request: ClaimRequest): Promise<UploadClaim> {
  const upload = await findOpenUpload(facts, request);
  if (upload.leaseUntil !== undefined && upload.leaseUntil > facts.clock()) {
    throw rangeError(upload, 'another request is writing to it');
  }
  if (request.expectedOffsetBytes !== undefined && request.expectedOffsetBytes !== upload.sizeBytes) {
    throw rangeError(upload, `bytes from ${request.expectedOffsetBytes} do not follow on`);
  }
  const isEnding = request.isEnding === true && isAtRest(upload);
  const goesOn = isEnding || request.heldVersion === upload.version;
  const claimed = await replaceOrLose(facts, {
    ...(goesOn ? upload : withFreshKey(upload)),
    leaseUntil: facts.clock() + facts.settings.uploadLeaseMs,
    changedAt: facts.clock(),
  });
  const { current, next, sizeBytes, version } = claimed;
  const leaseMs = facts.settings.uploadLeaseMs;
  return goesOn || !next
    ? { version, ...current, sizeBytes, leaseMs, ...(isEnding && { digests: claimed.digests }) }
    : {
        version,
        key: next.key,
        sizeBytes,
        leaseMs,
        ...(sizeBytes > 0 && { copyFrom: { ...current, sizeBytes } }),
      };
}

/** Keeps the claim alive; VERSION_CONFLICT when somebody else has it now. */
export async function renewUpload(facts: Facts, request: UploadRef & { version: number }): Promise<number> {
  const upload = await findClaimed(facts, request);
  const leaseUntil = facts.clock() + facts.settings.uploadLeaseMs;
  return (await facts.uploads.replace({ ...upload, leaseUntil, changedAt: facts.clock() }, { relaxed: true }))
    .version;
}

/**
 * Gives the claim back: its lease ends now, and the next writer need not wait for it. It stays a lease that ended, since the
 * writer may have left bytes behind what is recorded.
 */
export async function releaseUpload(facts: Facts, request: UploadRef & { version: number }): Promise<void> {
  const upload = await findClaimed(facts, request);
  const now = facts.clock();
  await replaceOrLose(facts, { ...upload, leaseUntil: now, changedAt: now });
}

/**
 * The upload as long as nobody changed it since this version: whoever was given that version last, by starting,
 * claiming, renewing or recording, may write. UPLOAD_RANGE when somebody else has it now.
 */
export async function findClaimed(
  facts: Facts,
  ref: UploadRef & { version: number },
): Promise<UploadDocument> {
  const upload = await findUpload(facts, ref);
  if (upload.state === 'discarded' && upload.digest === undefined) throw uploadUnknown(ref.uploadId);
  if (upload.version !== ref.version) {
    throw rangeError(upload, 'this writer lost its claim');
  }
  return upload;
}

/** Bytes were recorded, and nobody was given leave to write since. */
function isAtRest(upload: UploadDocument): boolean {
  return upload.leaseUntil === undefined && upload.current.driverState !== undefined;
}

function withFreshKey(upload: UploadDocument): UploadDocument {
  const takeOvers = upload.takeOvers + 1;
  const { key } = upload.current;
  const base = upload.takeOvers === 0 ? key : key.replace(/\.\d+$/, '');
  return {
    ...upload,
    takeOvers,
    next: { key: `${base}.${takeOvers}` },
    superseded: upload.next ? [...upload.superseded, upload.next] : upload.superseded,
  };
}

async function replaceOrLose(facts: Facts, upload: UploadDocument): Promise<UploadDocument> {
  try {
    return await facts.uploads.replace(upload, { relaxed: true });
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT')) throw rangeError(upload, 'another request is writing to it');
    throw error;
  }
}

export function rangeError(upload: UploadDocument, why: string): ServiceError {
  return new ServiceError(
    'UPLOAD_RANGE',
    `upload "${upload.id}" stands at ${upload.sizeBytes} bytes: ${why}`,
    {
      detail: { offsetBytes: upload.sizeBytes },
    },
  );
}
