import { ServiceError } from '@berth/contracts';
import type { Facts } from '../facts.ts';
import { removeBlob } from '../sweep/review-blobs.ts';
import { createRepositoryNames } from './repository-names.ts';

const REPOSITORIES = 20;

/** A blob as it stands now, and the first repositories that have it. */
export async function describeBlob(facts: Facts, digest: string) {
  const blob = await facts.blobs.get(digest);
  const { items } = await facts.links.page({ index: 'byDigest', equals: { digest }, limit: REPOSITORIES });
  const nameOf = createRepositoryNames(facts);
  const names = await Promise.all(items.map(({ id }) => nameOf(id.slice(0, id.lastIndexOf('@')))));
  return {
    blob: blob && { key: blob.key, sizeBytes: blob.sizeBytes, version: blob.version },
    repositories: names.flatMap(({ repository }) => (repository === undefined ? [] : [repository])),
  };
}

/**
 * Gives up a blob whose bytes are missing or wrong, as it was looked at: pushers are told that it is not there and send it anew.
 * VERSION_CONFLICT when it changed.
 */
export async function giveUpBlob(facts: Facts, request: { digest: string; version: number }): Promise<void> {
  const blob = await facts.blobs.get(request.digest);
  if (blob?.version !== request.version)
    throw new ServiceError('VERSION_CONFLICT', `blob ${request.digest} changed since it was checked`);
  await removeBlob(facts, blob).finally(facts.blobsWithdrawn);
  facts.logger.warn('a blob without right bytes is given up', { digest: request.digest, key: blob.key });
}
