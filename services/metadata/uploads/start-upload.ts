import type { Facts } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/** Begins an upload of a repository for one actor. Worth nothing without a later commit, so written relaxed. */
export async function startUpload(
  facts: Facts,
  scope: RepositoryScope,
  actorId: string,
): Promise<{ uploadId: string; key: string; version: number }> {
  const uploadId = facts.newId();
  const key = blobKey(uploadId);
  const { version } = await facts.uploads.insert(
    uploadId,
    {
      registryId: scope.registry.id,
      imageId: scope.imageId,
      startedBy: actorId,
      state: 'open',
      current: { key },
      superseded: [],
      takeOvers: 0,
      sizeBytes: 0,
      digests: {},
      changedAt: facts.clock(),
    },
    { relaxed: true },
  );
  return { uploadId, key, version };
}

/** `blobs/<two hex>/<upload id>`: spread over 256 folders by the end of the id, which is random. */
function blobKey(uploadId: string): string {
  let sum = 0;
  for (let index = 0; index < uploadId.length; index++) sum = (sum * 31 + uploadId.charCodeAt(index)) & 0xff;
  return `blobs/${sum.toString(16).padStart(2, '0')}/${uploadId}`;
}
