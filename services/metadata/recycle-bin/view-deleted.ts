import type { DeletedArtifactResource } from '@berth/contracts';
import type { ListedDeleted } from '../documents/deleted-artifact.ts';

/** A deleted artifact as the management API shows it. */
export function viewDeleted(deleted: ListedDeleted): DeletedArtifactResource {
  const { id, digest, mediaType, artifactType, platforms, sizeBytes, tags, attachedTo } = deleted;
  const { registryId, imageId, createdAt, createdBy, pushedAt, deletedAt, deletion } = deleted;
  return {
    ...{ id, digest, mediaType, platforms, tags, pushedAt, createdAt, createdBy, deletedAt },
    image: imageId.slice(registryId.length + 1),
    ...(artifactType !== undefined && { artifactType }),
    ...(attachedTo !== undefined && { attachedTo: attachedTo.slice(attachedTo.lastIndexOf('@') + 1) }),
    size: sizeBytes,
    deletedBy: deletion.actor,
    via: deletion.via,
    restorableUntil: new Date(deleted.restorableUntil).toISOString(),
  };
}
