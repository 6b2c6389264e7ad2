import { isBlobStoreError } from '@berth/blob-store';
import { claimUpload, commitUpload, isServiceError, type RpcRequest, recordUpload } from '@berth/contracts';
import { algorithmOf } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { type AppendRequest, appendUpload, flushedOf, takeOver } from './append-upload.ts';
import { discardUpload } from './discard-upload.ts';
import { type FlushedBytes, hashAgain } from './hash-again.ts';
import { beginHashes } from './running-hashes.ts';
import type { UploadRef } from './upload-ref.ts';
import type { UploadSession } from './upload-sessions.ts';

/**
 * Ends an upload as a blob. Without a body, what was recorded is committed, and read again only where its digest is
 * not known in that algorithm; with one, the body comes first. A repeated request of a committed upload succeeds again.
 * ServiceErrors DIGEST_INVALID, UPLOAD_UNKNOWN, UPLOAD_RANGE.
 */
export async function completeUpload(
  distribution: Distribution,
  request: AppendRequest & { readonly digest: string; readonly hasBody: boolean },
): Promise<void> {
  if (request.hasBody) await completeWithBody(distribution, request);
  else await completeRecorded(distribution, request.ref, request.digest);
}

async function completeWithBody(
  distribution: Distribution,
  request: AppendRequest & { readonly digest: string },
): Promise<void> {
  const { ref, digest } = request;
  let session: UploadSession;
  try {
    session = await appendUpload(distribution, { ...request, algorithm: algorithmOf(digest) });
  } catch (error) {
    if (!isServiceError(error, 'UPLOAD_UNKNOWN')) throw error;
    request.body.resume();
    return await commitAgain(distribution, ref, digest); // perhaps the answer to this very request was lost
  }
  try {
    await commit(distribution, ref, digest, bytesOf(session));
  } catch (error) {
    if (isServiceError(error, 'DIGEST_INVALID')) await discardUpload(distribution, ref);
    throw error;
  }
}

/**
 * The copy that wrote last holds the upload: it takes its session out, and nobody else is given its key. Any other copy
 * claims what is recorded first, so that no writer goes on in a key that is being completed.
 */
async function completeRecorded(distribution: Distribution, ref: UploadRef, digest: string): Promise<void> {
  const held = distribution.sessions.take(ref);
  if (held?.isBegun && flushedOf(held).digests[algorithmOf(digest)] === digest) {
    try {
      return await commit(distribution, ref, digest, bytesOf(held));
    } catch (error) {
      if (!isLost(error)) throw error;
    }
  }
  try {
    await claimAndCommit(distribution, ref, digest);
  } catch (error) {
    if (!isServiceError(error, 'UPLOAD_UNKNOWN')) throw error;
    await commitAgain(distribution, ref, digest);
  }
}

/** Another copy wrote since, or ended the upload and removed its bytes. */
function isLost(error: unknown): boolean {
  return isServiceError(error, 'UPLOAD_RANGE') || isBlobStoreError(error, 'KEY_UNKNOWN', 'STATE_INVALID');
}

async function claimAndCommit(distribution: Distribution, ref: UploadRef, digest: string): Promise<void> {
  const { bus, logger } = distribution;
  const claim = await bus.call(claimUpload, { ...ref, isEnding: true });
  const { digests, driverState, ...at } = claim;
  if (digests === undefined) {
    const session = await takeOver(distribution, claim, { ref, hashes: beginHashes([algorithmOf(digest)]) });
    const ended = session.isBegun ? session : await createEmpty(distribution, session);
    return await commit(distribution, ref, digest, bytesOf(ended));
  }
  const recorded: FlushedBytes = { ...at, ref, driverState, digests };
  try {
    await commit(distribution, ref, digest, recorded);
  } catch (error) {
    // At rest again as it was: the next attempt need not wait for the lease.
    if (isBlobStoreError(error))
      await bus
        .call(recordUpload, { ...ref, ...claimOf(recorded) })
        .catch((lost: unknown) => logger.debug('the claim of an upload ends by its lease', { lost }));
    throw error;
  }
}

/** Completes the key before metadata makes it a blob: from then on everybody reads it. */
async function commit(
  distribution: Distribution,
  ref: UploadRef,
  digest: string,
  flushed: FlushedBytes,
): Promise<void> {
  const algorithm = algorithmOf(digest);
  const isKnown = flushed.digests[algorithm] !== undefined;
  const bytes = isKnown ? flushed : await hashAgain(distribution, flushed, algorithm);
  if (bytes.digests[algorithm] === digest) await distribution.blobs.complete(bytes.key, bytes.driverState);
  await callCommit(distribution, { ...ref, digest, claim: claimOf(bytes) });
}

/** Of an upload that is not open: the same answer again if it was committed as that. */
async function commitAgain(distribution: Distribution, ref: UploadRef, digest: string): Promise<void> {
  await callCommit(distribution, { ...ref, digest });
}

async function callCommit(
  { bus, blobs, logger }: Distribution,
  request: RpcRequest<typeof commitUpload>,
): Promise<void> {
  const { discardedKeys } = await bus.call(commitUpload, request);
  for (const key of discardedKeys) {
    blobs.remove(key).catch((error: unknown) => logger.warn('unused bytes not removed', { key, error }));
  }
}

function claimOf({ version, sizeBytes, driverState, digests }: FlushedBytes) {
  return { version, sizeBytes, driverState, digests: { ...digests } };
}

function bytesOf(session: UploadSession): FlushedBytes {
  return { ...session, ...flushedOf(session) };
}

/** The blob of no bytes. */
async function createEmpty({ blobs }: Distribution, session: UploadSession): Promise<UploadSession> {
  const writer = await blobs.create(session.key);
  try {
    return { ...session, driverState: await writer.flush(), isBegun: true };
  } finally {
    await writer.close();
  }
}
