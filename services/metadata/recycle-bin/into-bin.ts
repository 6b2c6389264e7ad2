import type { Stored, Write } from '@berth/document-store';
import { ownerOfTag } from '@berth/oci';
import type { Artifact } from '../documents/artifact.ts';
import type { DeletedArtifact } from '../documents/deleted-artifact.ts';
import { artifactId } from '../documents/ids.ts';
import { type Facts, timestamp } from '../facts.ts';
import type { RepositoryScope } from '../repository-scope.ts';

/**
 * The write that puts an artifact into the recycle bin, to go before its removal in the same commit: so the one or the other names
 * its blobs at every moment. None where the bin is off, or its registry goes with it.
 */
export async function intoBin(
  facts: Facts,
  { registry }: RepositoryScope,
  { deleting, tags }: { readonly deleting: Artifact & Stored; readonly tags: readonly string[] },
): Promise<readonly Write[]> {
  const { recycleBinMs } = facts.settings;
  const { deletion } = deleting;
  if (recycleBinMs === 0 || !deletion || registry.deletion?.isDecided) return [];
  const body = bodyOf(deleting, deletion, {
    tags: [...tags],
    registryId: registry.id,
    deletedAt: timestamp(facts),
    restorableUntil: facts.clock() + recycleBinMs,
  });
  const before = await facts.deletedArtifacts.get(deleting.id);
  return [
    before
      ? facts.deletedArtifacts.write.replace({ ...body, id: before.id, version: before.version })
      : facts.deletedArtifacts.write.insert(deleting.id, body),
  ];
}

function bodyOf(
  artifact: Artifact,
  { actor, via, address, attachedTo, withImage }: NonNullable<Artifact['deletion']>,
  own: Pick<DeletedArtifact, 'tags' | 'registryId' | 'deletedAt' | 'restorableUntil'>,
): DeletedArtifact {
  const { imageId, digest, mediaType, artifactType, platforms, sizeBytes, references } = artifact;
  const { createdAt, pushedAt, createdBy, bytes } = artifact;
  const owner = withImage ? ownerOf(artifact, own.tags) : attachedTo;
  return {
    ...own,
    ...{
      imageId,
      digest,
      mediaType,
      platforms,
      sizeBytes,
      references,
      createdAt,
      pushedAt,
      createdBy,
      bytes,
    },
    ...(artifactType !== undefined && { artifactType }),
    ...(owner !== undefined && { attachedTo: owner }),
    deletion: { actor, via, ...(address !== undefined && { address }) },
  };
}

/** The id of what an artifact was attached to: its subject, or what its tags are the signature of and the like. */
function ownerOf({ imageId, subjectId }: Artifact, tags: readonly string[]): string | undefined {
  if (subjectId !== undefined) return subjectId;
  const [owner, ...others] = tags.map(ownerOfTag);
  if (owner === undefined || others.includes(undefined)) return undefined;
  return artifactId(imageId, owner);
}
