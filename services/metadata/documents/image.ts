import { Actor } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';
import { OriginFields } from './origin-fields.ts';

/** Made by the first push into it. Its id is `<registry id>/<image name>`, the prefix of all that it holds. */
const Image = Type.Object({
  registryId: Type.String(),
  name: Type.String(),
  /** `<registry name>/<image name>`: the OCI repository name, by which `_catalog` is ordered. */
  repositoryName: Type.String(),
  /** While it is `condemned`: on the way out unless an artifact is found in it. Listed as before; a push makes it stay. */
  state: Type.Optional(Type.Literal('condemned')),
  /** It goes with all that was pushed until then, RFC 3339, for whichever copy brings that to its end. */
  deletion: Type.Optional(Type.Object({ ...OriginFields.properties, begunAt: Type.String() })),
  /** Epoch milliseconds from which any copy may go on with the deletion. */
  repairAt: Type.Optional(Type.Integer()),
  createdAt: Type.String(),
  createdBy: Actor,
});
export type Image = Static<typeof Image>;

export const images: CollectionDefinition<Image> = {
  name: 'images',
  schema: Image,
  indexes: {
    byRegistry: [{ field: 'registryId' }, { field: 'name' }],
    byRepositoryName: [{ field: 'repositoryName' }],
    byRepair: [{ field: 'repairAt' }],
  },
};

/** What lists show of an image. Folded from events, so it lags a little; it decides nothing. */
const ImageSummary = Type.Object({
  artifactCount: Type.Optional(Type.Integer()),
  tagCount: Type.Optional(Type.Integer()),
  sizeBytes: Type.Optional(Type.Integer()),
  /** RFC 3339 of the newest change. */
  updatedAt: Type.Optional(Type.String()),
});
export type ImageSummary = Static<typeof ImageSummary>;

export const imageSummaries: CollectionDefinition<ImageSummary> = {
  name: 'imageSummaries',
  schema: ImageSummary,
};
