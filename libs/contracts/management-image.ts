import { type Static, Type } from '@sinclair/typebox';
import { defineRoutes, listOf, PAGE_PARAMETERS, SEARCH_PARAMETERS } from './management-route.ts';
import { Actor, Via } from './principal.ts';
import { DigestText } from './repository.ts';

export const ImageState = Type.Union([Type.Literal('active'), Type.Literal('deleting')]);

const NullableTime = Type.Union([Type.String(), Type.Null()]);

/**
 * Counts and size lag a little behind; attached artifacts are not counted. Sizes are bytes. One that is `deleting` serves what it
 * still holds, and is `active` again at the end when something was pushed to it meanwhile.
 */
export const ImageResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  registry: Type.String(),
  state: ImageState,
  artifactCount: Type.Integer(),
  tagCount: Type.Integer(),
  pullCount: Type.Integer(),
  size: Type.Integer(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type ImageResource = Static<typeof ImageResource>;

export const ArtifactResource = Type.Object({
  id: Type.String(),
  digest: DigestText,
  mediaType: Type.String(),
  artifactType: Type.Optional(Type.String()),
  platforms: Type.Array(Type.String()),
  size: Type.Integer(),
  /** The first hundred in byte order. */
  tags: Type.Array(Type.String()),
  pushedAt: Type.String(),
  lastPulledAt: NullableTime,
  pullCount: Type.Integer(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type ArtifactResource = Static<typeof ArtifactResource>;

export const DescriptorResource = Type.Object({
  mediaType: Type.String(),
  digest: DigestText,
  size: Type.Integer(),
  artifactType: Type.Optional(Type.String()),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
  platform: Type.Optional(Type.Unknown()),
});

export const ArtifactDetailResource = Type.Object({
  ...ArtifactResource.properties,
  config: Type.Optional(DescriptorResource),
  layers: Type.Optional(Type.Array(DescriptorResource)),
  manifests: Type.Optional(Type.Array(DescriptorResource)),
  annotations: Type.Record(Type.String(), Type.String()),
  subject: Type.Optional(DescriptorResource),
  /** The first hundred; all of them at `/v2/…/referrers/{digest}`. */
  referrers: Type.Array(DescriptorResource),
});
export type ArtifactDetailResource = Static<typeof ArtifactDetailResource>;

/** What was deleted and can be restored; `deletedBy` and `via` say whose wish that was. */
export const DeletedArtifactResource = Type.Object({
  id: Type.String(),
  image: Type.String(),
  digest: DigestText,
  mediaType: Type.String(),
  artifactType: Type.Optional(Type.String()),
  platforms: Type.Array(Type.String()),
  size: Type.Integer(),
  /** That it had, the first thousand. */
  tags: Type.Array(Type.String()),
  /** It went along with this one, and comes back with it. */
  attachedTo: Type.Optional(DigestText),
  pushedAt: Type.String(),
  createdAt: Type.String(),
  createdBy: Actor,
  deletedAt: Type.String(),
  deletedBy: Actor,
  via: Via,
  restorableUntil: Type.String(),
});
export type DeletedArtifactResource = Static<typeof DeletedArtifactResource>;

export const RestoredArtifactResource = Type.Object({
  digest: DigestText,
  /** It has them again. */
  tags: Type.Array(Type.String()),
  /** It had them, but they point at something else by now, or the registry allows them no more. */
  tagsElsewhere: Type.Array(Type.String()),
  /** Children, and what is attached to it. */
  alsoRestored: Type.Array(DigestText),
  /** What was attached to it and stays deleted, since something that it needs is gone. */
  notRestored: Type.Array(Type.Object({ digest: DigestText, reason: Type.String() })),
});
export type RestoredArtifactResource = Static<typeof RestoredArtifactResource>;

export const TagResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  digest: DigestText,
  lastPulledAt: NullableTime,
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type TagResource = Static<typeof TagResource>;

export const TagTarget = Type.Object({ digest: DigestText }, { additionalProperties: false });
export type TagTarget = Static<typeof TagTarget>;

const IMAGES = '/api/v1/registries/{registry}/images';
const IMAGE = `${IMAGES}/{image}`;
const ARTIFACT = `${IMAGE}/artifacts/{digest}`;
const DELETED = `${IMAGE}/deleted`;
const TAG = `${IMAGE}/tags/{tag}`;

const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const sortBy = <const Fields extends readonly string[]>(...fields: Fields) =>
  Type.Optional(
    Type.Union(
      fields.flatMap((field) => [Type.Literal(field), Type.Literal(`-${field}`)]),
      { description: 'with "-" in front: descending' },
    ),
  );

/** In paths `~` stands for the `/` of an image name: `team~web`. */
export const IMAGE_ROUTES = defineRoutes({
  listImages: {
    method: 'GET',
    pattern: IMAGES,
    action: 'viewer',
    registry: 'path',
    summary: 'Images of a registry',
    query: Type.Object({ ...SEARCH_PARAMETERS, sort: sortBy('name') }),
    response: listOf(ImageResource),
  },
  getImage: {
    method: 'GET',
    pattern: IMAGE,
    action: 'viewer',
    registry: 'path',
    summary: 'One image',
    response: ImageResource,
    errors: ['IMAGE_NOT_FOUND'],
  },
  deleteImage: {
    method: 'DELETE',
    pattern: IMAGE,
    action: 'maintainer',
    registry: 'path',
    summary:
      'Delete an image with all its artifacts and tags; one that holds very many, in the background (202, as when repeated meanwhile)',
    also: { status: 202, response: ImageResource },
    errors: ['IMAGE_NOT_FOUND', 'PROTECTED'],
  },
  listArtifacts: {
    method: 'GET',
    pattern: `${IMAGE}/artifacts`,
    action: 'viewer',
    registry: 'path',
    summary: 'Artifacts of an image, newest first',
    query: Type.Object({
      ...PAGE_PARAMETERS,
      tag: Type.Optional(Type.String({ maxLength: 128, description: 'the one that this tag points at' })),
      digest: Type.Optional(DigestText),
      untagged: flag('only those without a tag'),
      attached: flag('also those that belong to another'),
      sort: sortBy('pushedAt'),
    }),
    response: listOf(ArtifactResource),
    errors: ['IMAGE_NOT_FOUND'],
  },
  getArtifact: {
    method: 'GET',
    pattern: ARTIFACT,
    action: 'viewer',
    registry: 'path',
    summary: 'One artifact, with what its manifest says and what refers to it',
    response: ArtifactDetailResource,
    errors: ['IMAGE_NOT_FOUND', 'ARTIFACT_NOT_FOUND'],
  },
  deleteArtifact: {
    method: 'DELETE',
    pattern: ARTIFACT,
    action: 'maintainer',
    registry: 'path',
    summary: 'Delete an artifact with its tags and what is attached to it',
    errors: ['IMAGE_NOT_FOUND', 'ARTIFACT_NOT_FOUND', 'ARTIFACT_REFERENCED', 'PROTECTED'],
  },
  listDeletedArtifacts: {
    method: 'GET',
    pattern: DELETED,
    action: 'viewer',
    registry: 'path',
    summary: 'The recycle bin of an image, the last deleted first; also of an image that is gone',
    query: Type.Object(PAGE_PARAMETERS),
    response: listOf(DeletedArtifactResource),
  },
  listDeletedInRegistry: {
    method: 'GET',
    pattern: '/api/v1/registries/{registry}/deleted',
    action: 'viewer',
    registry: 'path',
    summary: 'The recycle bin of all images of a registry, the last deleted first',
    query: Type.Object(PAGE_PARAMETERS),
    response: listOf(DeletedArtifactResource),
  },
  restoreArtifact: {
    method: 'POST',
    pattern: `${DELETED}/{digest}/restore`,
    action: 'developer',
    registry: 'path',
    summary:
      'Restore a deleted artifact with its tags, its children and what was attached to it; tags that point elsewhere by now stay there',
    response: RestoredArtifactResource,
    errors: ['ARTIFACT_NOT_FOUND', 'NOT_RESTORABLE'],
  },
  purgeArtifact: {
    method: 'DELETE',
    pattern: `${DELETED}/{digest}`,
    action: 'maintainer',
    registry: 'path',
    summary: 'Take a deleted artifact out of the recycle bin, so that the next storage sweep frees its bytes',
    errors: ['ARTIFACT_NOT_FOUND'],
  },
  listTags: {
    method: 'GET',
    pattern: `${IMAGE}/tags`,
    action: 'viewer',
    registry: 'path',
    summary: 'Tags of an image',
    query: Type.Object({ ...SEARCH_PARAMETERS, sort: sortBy('name', 'updatedAt') }),
    response: listOf(TagResource),
    errors: ['IMAGE_NOT_FOUND'],
  },
  getTag: {
    method: 'GET',
    pattern: TAG,
    action: 'viewer',
    registry: 'path',
    summary: 'One tag',
    response: TagResource,
    errors: ['IMAGE_NOT_FOUND', 'TAG_NOT_FOUND'],
  },
  putTag: {
    method: 'PUT',
    pattern: TAG,
    action: 'developer',
    registry: 'path',
    summary: 'Create a tag (201) or move it (200)',
    request: TagTarget,
    response: TagResource,
    also: { status: 201, response: TagResource },
    errors: ['IMAGE_NOT_FOUND', 'ARTIFACT_NOT_FOUND', 'TAG_INVALID', 'PROTECTED'],
  },
  deleteTag: {
    method: 'DELETE',
    pattern: TAG,
    action: 'maintainer',
    registry: 'path',
    summary: 'Delete a tag; its artifact stays',
    errors: ['IMAGE_NOT_FOUND', 'TAG_NOT_FOUND', 'PROTECTED'],
  },
});
