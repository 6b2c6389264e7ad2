import { ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import type { Blob } from '../documents/blob.ts';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';
import type { UploadDocument } from '../uploads/find-upload.ts';

export type BlobDocument = Blob & Stored;

export interface LinkRequest {
  readonly scope: RepositoryScope;
  readonly digest: string;
  /** The upload whose key becomes the blob's when no bytes of this digest are stored. */
  readonly install?: UploadDocument;
}

/**
 * Links a blob to an image: the link first, then the blob (architecture §4). A condemned blob is taken back; a missing
 * one is installed from the upload, or, for a mount, the link is removed and BLOB_UNKNOWN thrown. Store conflicts are
 * thrown to the caller's retry.
 */
export async function linkBlob(facts: Facts, request: LinkRequest): Promise<BlobDocument> {
  const { scope, digest, install } = request;
  await touchLink(facts, scope, digest);
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
  const link = await facts.links.get(linkId(scope.imageId, digest));
  if (link) await facts.links.remove(link);
  throw new ServiceError('BLOB_UNKNOWN', `blob ${digest} is not stored`);
}

/** Takes a condemned blob back, so that the sweep loses. */
export async function keepBlob(facts: Facts, blob: BlobDocument): Promise<BlobDocument> {
  return blob.state === 'live' ? blob : await facts.blobs.replace({ ...blob, state: 'live' });
}

/** Makes sure of the link, and that the sweep sees it as freshly used. */
export async function touchLink(facts: Facts, scope: RepositoryScope, digest: string): Promise<void> {
  const id = linkId(scope.imageId, digest);
  const link = await facts.links.get(id);
  const touchedAt = facts.clock();
  if (!link) {
    await facts.links.insert(id, { registryId: scope.registry.id, digest, touchedAt });
  } else if (isStale(facts, link.touchedAt)) {
    await facts.links.replace({ ...link, touchedAt });
  }
}

/** Touches younger than a quarter of the grace period are skipped. */
export function isStale(facts: Facts, touchedAt: number): boolean {
  return facts.clock() - touchedAt >= facts.settings.sweepGraceMs / 4;
}
