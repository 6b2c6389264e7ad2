import { type BlobFacts, isServiceError, type RepositoryName } from '@berth/contracts';
import { retryConflict } from '@berth/document-store';
import { linkId } from '../documents/ids.ts';
import type { Facts } from '../facts.ts';
import type { RegistryFinder } from '../registries/find-registry.ts';
import { type RepositoryScope, resolveRepository } from '../repository-scope.ts';
import { linkBlob } from './link-blob.ts';

/**
 * Links a blob that one of the candidates has, repositories that the caller may pull from (OCI end-11). Null when
 * none has it, or it went away meanwhile: the caller then begins an upload.
 */
export async function mountBlob(
  facts: Facts,
  finder: RegistryFinder,
  request: {
    scope: RepositoryScope;
    digest: string;
    candidates: readonly RepositoryName[];
    isRegistryWide: boolean;
  },
): Promise<BlobFacts | null> {
  const { scope, digest } = request;
  for (const candidate of request.candidates) {
    const source = await findSource(finder, candidate);
    if (source && (await facts.links.get(linkId(source.imageId, digest))))
      return await link(facts, scope, digest);
  }
  if (request.isRegistryWide && (await isInRegistry(facts, scope, digest)))
    return await link(facts, scope, digest);
  return null;
}

async function link(facts: Facts, scope: RepositoryScope, digest: string): Promise<BlobFacts | null> {
  try {
    const blob = await retryConflict(`blob ${digest}`, () =>
      linkBlob(facts, { scope, digest, isUpload: false }),
    );
    return { digest, sizeBytes: blob.sizeBytes, key: blob.key };
  } catch (error) {
    if (isServiceError(error, 'BLOB_UNKNOWN')) return null;
    throw error;
  }
}

/** Looks at the first links of the digest only: a miss costs the caller an upload, not more. */
async function isInRegistry(facts: Facts, scope: RepositoryScope, digest: string): Promise<boolean> {
  const { items } = await facts.links.page({ index: 'byDigest', equals: { digest }, limit: 50 });
  return items.some(({ registryId }) => registryId === scope.registry.id);
}

async function findSource(finder: RegistryFinder, name: RepositoryName): Promise<RepositoryScope | null> {
  try {
    return await resolveRepository(finder, name);
  } catch (error) {
    if (isServiceError(error, 'NAME_UNKNOWN', 'NAME_INVALID')) return null;
    throw error;
  }
}
