import { Actor } from '@berth/contracts';
import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';

/** A name that points at an artifact; its id is `<image id>:<tag>`. */
const Tag = Type.Object({
  imageId: Type.String(),
  name: Type.String(),
  digest: Type.String(),
  artifactId: Type.String(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type Tag = Static<typeof Tag>;

export const tags: CollectionDefinition<Tag> = {
  name: 'tags',
  schema: Tag,
  indexes: {
    byImage: [{ field: 'imageId' }, { field: 'name' }],
    byUpdated: [{ field: 'imageId' }, { field: 'updatedAt' }],
    byArtifact: [{ field: 'artifactId' }, { field: 'name' }],
  },
};
