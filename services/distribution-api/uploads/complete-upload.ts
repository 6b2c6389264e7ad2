import { isBlobStoreError } from '@berth/blob-store';
import { claimUpload, commitUpload, isServiceError } from '@berth/contracts';
import { algorithmOf } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { type AppendRequest, appendUpload, flushedOf, type UploadRef } from './append-upload.ts';
import { discardUpload } from './discard-upload.ts';
import { beginHashes, updateHashes } from './running-hashes.ts';
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
  const { ref, digest } = request;
  if (request.hasBody) return await completeWithBody(distribution, request);
  try {
    await commit(distribution, ref, digest);
  } catch (error) {
    if (!isServiceError(error, 'UPLOAD_NEEDS_HASH')) throw error;
    await commit(distribution, ref, digest, await hashAgain(distribution, ref, digest));
  }
  distribution.sessions.take(ref.uploadId);
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
    return await commit(distribution, ref, digest); // perhaps the answer to this very request was lost
  }
  const isHashed = session.hashes.has(algorithmOf(digest));
  try {
    if (isHashed) return await commit(distribution, ref, digest, session);
    await commit(distribution, ref, digest, await rehash(distribution, session, digest));
  } catch (error) {
    if (isServiceError(error, 'DIGEST_INVALID')) await discardUpload(distribution, ref);
    throw error;
  }
}

async function commit(
  distribution: Distribution,
  ref: UploadRef,
  digest: string,
  session?: UploadSession,
): Promise<void> {
  const { bus, blobs, logger } = distribution;
  if (session) await blobs.complete(session.key, session.driverState);
  const { discardedKeys } = await bus.call(commitUpload, {
    ...ref,
    digest,
    ...(session ? { claim: flushedOf(session) } : {}),
  });
  for (const key of discardedKeys) {
    blobs.remove(key).catch((error: unknown) => logger.warn('unused bytes not removed', { key, error }));
  }
}

/** Takes the upload to read what is stored, for a digest in an algorithm that was not computed on the way. */
async function hashAgain(distribution: Distribution, ref: UploadRef, digest: string): Promise<UploadSession> {
  distribution.sessions.take(ref.uploadId);
  const claim = await distribution.bus.call(claimUpload, { ...ref, readOnly: true });
  const { version, key, sizeBytes } = claim;
  const hashes = beginHashes([algorithmOf(digest)]);
  const session = {
    uploadId: ref.uploadId,
    version,
    key,
    sizeBytes,
    hashes,
    driverState: claim.driverState,
    isBegun: true,
  };
  return sizeBytes > 0
    ? await rehash(distribution, session, digest)
    : await createEmpty(distribution, session);
}

async function rehash(
  { blobs }: Distribution,
  session: UploadSession,
  digest: string,
): Promise<UploadSession> {
  const hashes = beginHashes([algorithmOf(digest)]);
  const bytes = await blobs.readPartial(session.key, session.sizeBytes, session.driverState);
  for await (const chunk of bytes) updateHashes(hashes, chunk as Buffer);
  return { ...session, hashes };
}

/** The blob of no bytes. */
async function createEmpty({ blobs }: Distribution, session: UploadSession): Promise<UploadSession> {
  const writer = await blobs.create(session.key).catch((error: unknown) => {
    if (isBlobStoreError(error, 'KEY_EXISTS'))
      return blobs.resume(session.key, 0, session.driverState ?? { sizeBytes: 0 });
    throw error;
  });
  try {
    return { ...session, driverState: await writer.flush() };
  } finally {
    await writer.close();
  }
}
