import type { CollectionDefinition, Stored } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';
import { Review } from './review.ts';

/** Bytes that are stored once for the platform; the id is the digest, `key` says where the blob store has them. */
const Blob = Type.Object({
  key: Type.String(),
  sizeBytes: Type.Integer(),
  uploadId: Type.String(),
  /** `condemned` by the sweep: on the way out unless somebody links it again. */
  state: Type.Union([Type.Literal('live'), Type.Literal('condemned')]),
  createdAt: Type.String(),
  ...Review.properties,
});
export type Blob = Static<typeof Blob>;

export const blobs: CollectionDefinition<Blob> = {
  name: 'blobs',
  schema: Blob,
  indexes: { byReview: [{ field: 'reviewAt' }] },
};

/** That an image may use a blob; the id is `<image id>@<digest>`. */
const Link = Type.Object({
  registryId: Type.String(),
  digest: Type.String(),
  /** `condemned`: on the way out unless somebody needs it. It serves as before, and whoever relies on it makes it live again. */
  state: Type.Union([Type.Literal('live'), Type.Literal('condemned')]),
  /** Epoch milliseconds of the last time a pusher relied on it. */
  touchedAt: Type.Integer(),
  ...Review.properties,
});
export type Link = Static<typeof Link>;
export type LinkDocument = Link & Stored;

export const links: CollectionDefinition<Link> = {
  name: 'links',
  schema: Link,
  indexes: {
    byDigest: [{ field: 'digest' }],
    byReview: [{ field: 'reviewAt' }],
  },
};
