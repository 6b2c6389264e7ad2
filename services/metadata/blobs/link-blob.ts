import { ServiceError } from '@berth/contracts';
import { isStoreError, type Stored } from '@berth/document-store';
import type { Blob, LinkDocument } from '../documents/blob.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';
import { dropLink } from './drop-link.ts';
import { ensureLink } from './touch-link.ts';

export type BlobDocument = Blob & Stored;

export interface LinkRequest {
  readonly scope: RepositoryScope;
  readonly digest: string;
  /** Bytes were sent, so that the answer promises the link; else it is a mount. */
  readonly isUpload: boolean;
  /** The upload whose key becomes the blob's when no bytes of this digest are stored. */
  readonly install?: UploadDocument;
}

/**
 * Links a blob to an image: the link first, then the blob (architecture §4). A condemned blob is taken back; a missing
 * one is installed from the upload, or, for a mount, the link that it made is removed and BLOB_UNKNOWN thrown. An upload
 * always writes the link: a mount that found nothing before may be about to remove it. Store conflicts are thrown to the
 * caller's retry.
 */
export async function linkBlob(facts: Facts, request: LinkRequest): Promise<BlobDocument> {
  const { scope, digest, install } = request;
  const { link, isNew } = await ensureLink(facts, scope, { digest, always: request.isUpload });
  await facts.step('blob-linked');
  const blob = await facts.blobs.get(digest);
  if (blob) return await keepBlob(facts, blob);
  if (install) {
    return await facts.blobs.insert(digest, {
      key: install.current.key,
      sizeBytes: install.sizeBytes,
      uploadId: install.id,
      state: 'live',
      createdAt: new Date(facts.clock()).toISOString(),
    });
  }
  await facts.step('blob-missing');
  if (isNew) await dropUnlessUsed(facts, link);
  throw new ServiceError('BLOB_UNKNOWN', `blob ${digest} is not stored`);
}

async function dropUnlessUsed(facts: Facts, link: LinkDocument): Promise<void> {
  try {
    await dropLink(facts, link);
  } catch (error) {
    if (!isStoreError(error, 'VERSION_CONFLICT')) throw error; // somebody relied on it since
  }
}

/** Takes a condemned blob back, so that the sweep loses. */
export async function keepBlob(facts: Facts, blob: BlobDocument): Promise<BlobDocument> {
  return blob.state === 'live' ? blob : await facts.blobs.replace({ ...blob, state: 'live' });
}
