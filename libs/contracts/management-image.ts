import { type Static, Type } from '@sinclair/typebox';
import { Actor } from './principal.ts';
import { DigestText } from './repository.ts';

const NullableTime = Type.Union([Type.String(), Type.Null()]);

/** Counts and size lag a little behind; attached artifacts are not counted. Sizes are bytes. */
export const ImageResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  registry: Type.String(),
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

const DescriptorResource = Type.Object({
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
