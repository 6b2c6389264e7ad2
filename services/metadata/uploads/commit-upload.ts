import { ServiceError } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import { parseDigest } from '@berth/oci';
import { linkBlob } from '../blobs/link-blob.ts';
import { newLink } from '../blobs/touch-link.ts';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import { findClaimed, rangeError } from './claim-upload.ts';
import { discarded, keysOf } from './discard-upload.ts';
import { findUpload, type UploadDocument, type UploadRef, uploadUnknown } from './find-upload.ts';
import { atRest, type FlushedBytes } from './record-upload.ts';

export interface CommitRequest extends UploadRef {
  readonly digest: string;
  readonly claim?: FlushedBytes | undefined;
}

export interface CommittedBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly discardedKeys: readonly string[];
}

/**
 * Makes the bytes of an upload a blob of the repository: upload `committed`, then the link, then the blob
 * (architecture §4). Each step is repeated by the next call when a crash cut it off, so the client's retry mends it.
 */
export async function commitUpload(
  facts: Facts,
  scope: RepositoryScope,
  request: CommitRequest,
): Promise<CommittedBlob> {
  return await retryConflict(`upload "${request.uploadId}"`, async () => {
    const upload = await findCommittable(facts, request);
    if (upload.state === 'discarded') {
      await linkBlob(facts, { scope, digest: request.digest, isUpload: true });
      return answer(upload, keysOf(upload));
    }
    const linked = await facts.links.get(linkId(scope.imageId, request.digest));
    const blob = await facts.blobs.get(request.digest);
    if (upload.state === 'open' && !linked && !blob) return await commitNew(facts, scope, upload);
    // Written in any case where its key may become the blob's: a sweep that found the key unnamed then loses.
    const isWritten = upload.state === 'open' || blob?.uploadId !== upload.id;
    const install = isWritten ? await facts.uploads.replace(committed(facts, upload)) : upload;
    await facts.step('upload-committed');
    const winner = await linkBlob(facts, { scope, digest: request.digest, isUpload: true, install });
    if (winner.uploadId === install.id) return answer(install, install.superseded);
    await facts.uploads.replace(discarded(install, facts.clock()));
    return answer(install, keysOf(install));
  });
}

/** From here on the key is the blob's, or comes to be within the grace period, or is nobody's. */
function committed(facts: Facts, upload: UploadDocument): UploadDocument {
  return { ...upload, state: 'committed', reviewAt: facts.clock() + facts.settings.sweepGraceMs };
}

/** The common case in one commit of the store: nobody has this digest yet. Losing a race starts the story again. */
async function commitNew(
  facts: Facts,
  scope: RepositoryScope,
  upload: UploadDocument,
): Promise<CommittedBlob> {
  const digest = upload.digest ?? '';
  const now = facts.clock();
  await facts.store.writeMany([
    facts.uploads.write.replace(committed(facts, upload)),
    facts.links.write.insert(linkId(scope.imageId, digest), newLink(facts, scope.registry.id, digest)),
    facts.blobs.write.insert(digest, {
      key: upload.current.key,
      sizeBytes: upload.sizeBytes,
      uploadId: upload.id,
      state: 'live',
      createdAt: new Date(now).toISOString(),
    }),
  ]);
  return answer(upload, upload.superseded);
}

/** The upload with its final size and digest, or the ServiceError that says why it cannot be committed as that. */
async function findCommittable(facts: Facts, request: CommitRequest): Promise<UploadDocument> {
  const { algorithm } = parseDigest(request.digest);
  const upload = await findUpload(facts, request);
  if (upload.state !== 'open') {
    if (upload.digest === request.digest) return upload;
    throw uploadUnknown(request.uploadId);
  }
  if (!request.claim && upload.leaseUntil !== undefined && upload.leaseUntil > facts.clock()) {
    throw rangeError(upload, 'another request is writing to it');
  }
  // A writer that was cut off may have left bytes behind what is recorded: whoever ends the upload copies them out first.
  if (!request.claim && upload.leaseUntil !== undefined) throw needsHash(upload, algorithm);
  const flushed = request.claim
    ? atRest(
        await findClaimed(facts, { ...request, version: request.claim.version }),
        request.claim,
        facts.clock(),
      )
    : withoutClaim(upload);
  const actual = flushed.digests[algorithm];
  if (actual === undefined) {
    throw needsHash(upload, algorithm);
  }
  if (actual !== request.digest) {
    if (request.claim) await facts.uploads.replace(flushed, { relaxed: true });
    throw new ServiceError('DIGEST_INVALID', `the bytes sent have digest ${actual}, not ${request.digest}`, {
      detail: { expected: request.digest, actual },
    });
  }
  return { ...flushed, digest: request.digest, changedAt: facts.clock() };
}

function needsHash(upload: UploadDocument, algorithm: string): ServiceError {
  return new ServiceError(
    'UPLOAD_NEEDS_HASH',
    `the ${algorithm} digest of upload "${upload.id}" is not known yet`,
  );
}

/** What is recorded, whatever a claimant whose lease ran out may still be writing elsewhere. */
function withoutClaim(upload: UploadDocument): UploadDocument {
  const { leaseUntil: _, next, ...rest } = upload;
  return next ? { ...rest, superseded: [...upload.superseded, next] } : rest;
}

function answer(upload: UploadDocument, unused: readonly { readonly key: string }[]): CommittedBlob {
  return {
    digest: upload.digest ?? '',
    sizeBytes: upload.sizeBytes,
    discardedKeys: unused.map(({ key }) => key),
  };
}
