import { Actor, PlannedFacts } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';
import { OriginFields } from './origin-fields.ts';

/** `pending`: a reference already, not visible. `live`: visible. `deleting`: not visible, a reference as long as it may come back. */
export const ArtifactState = Type.Union([
  Type.Literal('pending'),
  Type.Literal('live'),
  Type.Literal('deleting'),
]);

const DeletionFields = Type.Object({
  ...OriginFields.properties,
  /** What is attached to it goes as well. */
  withAttached: Type.Optional(Type.Literal(true)),
  /** The guard has let it go, and what is attached may be gone: nothing but a whole push brings it back. */
  isDecided: Type.Optional(Type.Literal(true)),
  /** It only goes along with this owner, the id of an artifact. */
  attachedTo: Type.Optional(Type.String()),
  /** Its whole image goes: whose it is among what goes, the recycle bin is to know. */
  withImage: Type.Optional(Type.Literal(true)),
  /** It only goes as long as it is what it was when that was decided. */
  planned: Type.Optional(PlannedFacts),
  /** That it had when that began, for the recycle bin. */
  tags: Type.Optional(Type.Array(Type.String())),
});

/** One manifest of an image; its id is `<image id>@<digest>`. */
export const ArtifactFields = Type.Object({
  imageId: Type.String(),
  digest: Type.String(),
  mediaType: Type.String(),
  artifactType: Type.Optional(Type.String()),
  kind: Type.Union([Type.Literal('image'), Type.Literal('index')]),
  platforms: Type.Array(Type.String()),
  /** Of the manifest itself. */
  manifestBytes: Type.Integer(),
  /** Of the manifest and the blobs it names. */
  sizeBytes: Type.Integer(),
  /** Ids of the links and artifacts that must stay while this one is here: `<image id>@<digest>`. */
  references: Type.Array(Type.String()),
  /** The id of the artifact this one is attached to, present or not. */
  subjectId: Type.Optional(Type.String()),
  /** Of the manifest, as far as a list of referrers shows them; absent where none does. */
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
  state: ArtifactState,
  /** Epoch milliseconds from which any copy may repair it; absent while live. */
  repairAt: Type.Optional(Type.Integer()),
  /** Who deletes it, by which door and what else, so that a repair does and tells the same. */
  deletion: Type.Optional(DeletionFields),
  createdAt: Type.String(),
  pushedAt: Type.String(),
  createdBy: Actor,
});
export type Artifact = Static<typeof ArtifactFields> & { bytes: Uint8Array };

/** An artifact that names ten thousand others weighs a MiB; most weigh one or two KiB. */
export const ARTIFACT_PAGE_BYTES = 2 * 1_024 * 1_024;

export const artifacts: CollectionDefinition<Artifact> = {
  name: 'artifacts',
  schema: ArtifactFields,
  indexes: {
    byImage: [{ field: 'imageId' }, { field: 'state' }, { field: 'pushedAt' }],
    byReference: [{ field: 'references', list: true }],
    bySubject: [{ field: 'subjectId' }, { field: 'digest' }],
    byRepair: [{ field: 'repairAt' }],
  },
  bytesField: 'bytes',
  pageBytes: ARTIFACT_PAGE_BYTES,
};
