import type { Readable } from 'node:stream';
import type { BlobWriter } from '@berth/blob-store';
import { claimUpload, type RpcResponse, recordUpload } from '@berth/contracts';
import type { DigestAlgorithm } from '@berth/oci';
import type { Distribution } from '../distribution.ts';
import { withLease } from './lease.ts';
import { beginHashes, digestsOf } from './running-hashes.ts';
import type { UploadRef } from './upload-ref.ts';
import type { UploadSession } from './upload-sessions.ts';
import { writeClaimed } from './write-claimed.ts';

export interface AppendRequest {
  readonly ref: UploadRef;
  readonly body: Readable;
  /** Where the body says it begins. */
  readonly expectedOffsetBytes?: number | undefined;
  /** Besides sha256. */
  readonly algorithm?: DigestAlgorithm | undefined;
}

/**
 * Streams a body to the end of an upload and flushes it. The session that comes back is written but not recorded: the
 * caller records it, or commits it. When the body is cut off, what arrived is flushed and recorded before the error is
 * thrown, so that the client can go on from there; when the store fails, the claim is given back.
 * ServiceError UPLOAD_RANGE when another writer has the upload.
 */
export async function appendUpload(
  distribution: Distribution,
  request: AppendRequest,
): Promise<UploadSession> {
  const begun = await openSession(distribution, request);
  const { ref, body } = request;
  const { failure, ...written } = await writeClaimed(distribution, begun, {
    body,
    hashes: begun.hashes,
    openWriter: () => openWriter(distribution, begun),
    record: (flushed) => checkpoint(distribution, { ...begun, ...flushed }),
  });
  const session = { ...begun, ...written };
  if (failure === undefined) return session;
  await recordSession(distribution, ref, session);
  throw failure;
}

/** Notes flushed bytes with metadata, and keeps the session for the next request. */
export async function recordSession(
  distribution: Distribution,
  ref: UploadRef,
  session: UploadSession,
): Promise<void> {
  const { version } = await distribution.bus.call(recordUpload, { ...ref, ...flushedOf(session) });
  distribution.sessions.put({ ...session, version });
}

/** Notes flushed bytes in the middle of a body, and claims the upload again. UPLOAD_RANGE when another was faster. */
async function checkpoint({ bus }: Distribution, session: UploadSession): Promise<number> {
  const { ref } = session;
  const { version: heldVersion } = await bus.call(recordUpload, { ...ref, ...flushedOf(session) });
  return (await bus.call(claimUpload, { ...ref, heldVersion })).version;
}

/** What metadata is told of a session's bytes. */
export function flushedOf(session: UploadSession) {
  const { version, sizeBytes, driverState, hashes } = session;
  return { version, sizeBytes, driverState, digests: digestsOf(hashes) };
}

/**
 * Makes this request the only writer. Bytes that nothing was recorded of yet belong to whoever started the upload, by
 * its version alone. From then on a claim comes first: without its lease, an end of the upload by what is recorded could
 * make a blob of the file that this request appends to.
 */
export async function openSession(
  distribution: Distribution,
  request: Pick<AppendRequest, 'ref' | 'expectedOffsetBytes' | 'algorithm'>,
): Promise<UploadSession> {
  const { ref, expectedOffsetBytes, algorithm } = request;
  const held = distribution.sessions.take(ref);
  const algorithms = algorithm ? [algorithm] : [];
  if (held && !held.isBegun && (expectedOffsetBytes ?? 0) === 0) {
    return algorithms.every((name) => held.hashes.has(name))
      ? held
      : { ...held, hashes: beginHashes(algorithms) };
  }
  const claim = await claimAsHolder(distribution, held, request);
  const isOurs = held?.key === claim.key && held.sizeBytes === claim.sizeBytes;
  return isOurs
    ? { ...held, version: claim.version, leaseMs: claim.leaseMs }
    : await takeOver(distribution, claim, { ref, hashes: beginHashes(algorithms) });
}

/** Claims by what this copy holds, which another copy may have left behind; refused, it is held for the next request. */
async function claimAsHolder(
  { bus, sessions }: Distribution,
  held: UploadSession | undefined,
  { ref, expectedOffsetBytes }: Pick<AppendRequest, 'ref' | 'expectedOffsetBytes'>,
): Promise<RpcResponse<typeof claimUpload>> {
  try {
    return await bus.call(claimUpload, {
      ...ref,
      ...(held && { heldVersion: held.version }),
      ...(expectedOffsetBytes === undefined ? {} : { expectedOffsetBytes }),
    });
  } catch (error) {
    if (held) sessions.put(held);
    throw error;
  }
}

/**
 * Another copy, or nobody living, wrote last: what is recorded comes to the key of our own that the claim gave. Where the store
 * copies it by itself, nothing is hashed, and its digest is found out at the end.
 */
export async function takeOver(
  distribution: Distribution,
  claim: RpcResponse<typeof claimUpload>,
  begun: Pick<UploadSession, 'ref' | 'hashes'>,
): Promise<UploadSession> {
  const { blobs } = distribution;
  const { version, key, leaseMs } = claim;
  const session = { ...begun, version, key, leaseMs };
  if (!claim.copyFrom) return { ...session, sizeBytes: 0, driverState: undefined, isBegun: false };
  const { key: fromKey, sizeBytes, driverState: state } = claim.copyFrom;
  const taken = await withLease(distribution, session, async (lease) => {
    lease.watch({ progress: () => distribution.clock(), stop: () => undefined });
    return { driverState: await blobs.takeOver(key, { key: fromKey, sizeBytes, state }) };
  });
  if (taken.driverState !== null)
    return { ...session, ...taken, sizeBytes, isBegun: true, hashes: new Map() };
  const prefix = await blobs.readPartial(fromKey, sizeBytes, state);
  try {
    const { failure, ...copied } = await writeClaimed(
      distribution,
      { ...session, version: taken.version },
      { body: prefix, hashes: session.hashes, openWriter: () => blobs.create(key) },
    );
    if (failure !== undefined) throw failure;
    return { ...session, ...copied };
  } finally {
    prefix.destroy();
  }
}

async function openWriter({ blobs }: Distribution, session: UploadSession): Promise<BlobWriter> {
  const { key, sizeBytes, driverState, isBegun } = session;
  return isBegun ? await blobs.resume(key, sizeBytes, driverState) : await blobs.create(key);
}
