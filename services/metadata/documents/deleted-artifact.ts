import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';
import { ARTIFACT_PAGE_BYTES, ArtifactFields } from './artifact.ts';
import { OriginFields } from './origin-fields.ts';

/** A deleted artifact that can be restored: the recycle bin. Its id is that of the artifact, so that the last deletion counts. */
const DeletedArtifact = Type.Object({
  ...Type.Pick(ArtifactFields, [
    ...(['imageId', 'digest', 'mediaType', 'artifactType', 'platforms', 'sizeBytes', 'references'] as const),
    ...(['createdAt', 'pushedAt', 'createdBy'] as const),
  ]).properties,
  registryId: Type.String(),
  /** That it had, the first thousand. */
  tags: Type.Array(Type.String()),
  /** It went along with this owner, the id of an artifact, and comes back with it. */
  attachedTo: Type.Optional(Type.String()),
  deletedAt: Type.String(),
  /** Whose wish that was. */
  deletion: OriginFields,
  /** Epoch milliseconds; what it names is kept so long. */
  restorableUntil: Type.Integer(),
});
export type DeletedArtifact = Static<typeof DeletedArtifact> & { bytes: Uint8Array };
export type DeletedDocument = DeletedArtifact & Stored;
/** As pages bring it. */
export type ListedDeleted = Omit<DeletedDocument, 'bytes'>;

export const deletedArtifacts: CollectionDefinition<DeletedArtifact> = {
  name: 'deletedArtifacts',
  schema: DeletedArtifact,
  indexes: {
    byImage: [{ field: 'imageId' }, { field: 'deletedAt' }],
    byRegistry: [{ field: 'registryId' }, { field: 'deletedAt' }],
    byReference: [{ field: 'references', list: true }, { field: 'restorableUntil' }],
    byOwner: [{ field: 'attachedTo' }],
    byEnd: [{ field: 'restorableUntil' }],
  },
  bytesField: 'bytes',
  pageBytes: ARTIFACT_PAGE_BYTES,
};
