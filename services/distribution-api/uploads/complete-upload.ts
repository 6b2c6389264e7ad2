import { commitUpload, isServiceError } from '@berth/contracts';
import { algorithmOf } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { type AppendRequest, appendUpload, flushedOf, openSession } from './append-upload.ts';
import { discardUpload } from './discard-upload.ts';
import { beginHashes, updateHashes } from './running-hashes.ts';
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
  const { ref, digest } = request;
  if (request.hasBody) return await completeWithBody(distribution, request);
  try {
    await commit(distribution, ref, digest);
  } catch (error) {
    if (!isServiceError(error, 'UPLOAD_NEEDS_HASH')) throw error;
    await commit(distribution, ref, digest, await hashAgain(distribution, ref, digest));
  }
  distribution.sessions.take(ref);
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

/**
 * Takes the upload as its only writer, for a digest in an algorithm that was not computed on the way. Where this copy
 * did not write last, the bytes are copied to a key of our own and hashed on the way: nobody else can be writing to it.
 */
async function hashAgain(distribution: Distribution, ref: UploadRef, digest: string): Promise<UploadSession> {
  const algorithm = algorithmOf(digest);
  const session = await openSession(distribution, { ref, algorithm });
  if (!session.isBegun) return await createEmpty(distribution, session);
  return session.hashes.has(algorithm) ? session : await rehash(distribution, session, digest);
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
  const writer = await blobs.create(session.key);
  try {
    return { ...session, driverState: await writer.flush(), isBegun: true };
  } finally {
    await writer.close();
  }
}
