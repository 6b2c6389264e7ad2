import { Type } from '@sinclair/typebox';
import { Bytes } from './bytes.ts';
import { defineRpc } from './define-rpc.ts';
import { BlobFacts } from './metadata-blob-rpc.ts';
import { Actor, ClientAddress, Via } from './principal.ts';
import { DigestText, PageLimit, RepositoryName } from './repository.ts';

/** The largest manifest that is taken, in bytes (the OCI specification asks for at least 4 MiB). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const TagText = Type.String({ minLength: 1, maxLength: 1024 });
/** A tag or a digest: digests hold a colon, tags cannot. */
const Reference = Type.String({ minLength: 1, maxLength: 1024 });

/**
 * A live artifact by tag or digest. `purpose` says what is recorded: `get` counts a pull, `head` moves
 * `lastPulledAt` only, `silent` neither. Bytes come for `get` and `silent`; what the event of a pull tells besides, for `get`.
 * `withBlobs`: also where the blobs that an image must have are, as `statBlob` tells it for each, up to a hundred; what is left out is asked
 * of that. MANIFEST_UNKNOWN.
 */
export const getManifest = defineRpc({
  service: 'metadata',
  method: 'getManifest',
  isRead: true,
  request: Type.Object({
    repository: RepositoryName,
    reference: Reference,
    purpose: Type.Union([Type.Literal('get'), Type.Literal('head'), Type.Literal('silent')]),
    withBlobs: Type.Optional(Type.Boolean()),
  }),
  response: Type.Object({
    registryId: Type.String(),
    digest: DigestText,
    mediaType: Type.String(),
    /** Of the manifest itself. */
    sizeBytes: Type.Integer(),
    /** Of the manifest and the blobs it names. */
    artifactSizeBytes: Type.Optional(Type.Integer()),
    artifactType: Type.Optional(Type.String()),
    /** It belongs to another artifact, as far as itself and its tag tell: a child of an index does not know. */
    isAttached: Type.Optional(Type.Boolean()),
    bytes: Type.Optional(Bytes({ maxBytes: MAX_MANIFEST_BYTES })),
    blobs: Type.Optional(Type.Array(BlobFacts)),
  }),
});

/**
 * Pushes a manifest (architecture §4). `reference` is the tag or digest of the path, `tags` the further ones of
 * `?tag=`. Errors: NAME_UNKNOWN, NAME_INVALID, TAG_INVALID, MANIFEST_INVALID, DIGEST_INVALID, MANIFEST_BLOB_UNKNOWN
 * (detail {digests}), PROTECTED.
 */
export const putManifest = defineRpc({
  service: 'metadata',
  method: 'putManifest',
  isRead: false,
  request: Type.Object({
    repository: RepositoryName,
    reference: Reference,
    /** Judged by the registry's rule for tags. */
    tags: Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 100 }),
    mediaType: Type.String({ maxLength: 255 }),
    bytes: Bytes({ maxBytes: MAX_MANIFEST_BYTES }),
    actor: Actor,
    via: Via,
    address: Type.Optional(ClientAddress),
  }),
  response: Type.Object({
    digest: DigestText,
    subject: Type.Optional(DigestText),
    tags: Type.Array(TagText),
  }),
});

/** Deletes an artifact with its tags. MANIFEST_UNKNOWN, ARTIFACT_REFERENCED, PROTECTED. */
export const deleteManifest = defineRpc({
  service: 'metadata',
  method: 'deleteManifest',
  isRead: false,
  request: Type.Object({
    repository: RepositoryName,
    digest: DigestText,
    actor: Actor,
    via: Via,
    address: Type.Optional(ClientAddress),
  }),
  response: Type.Object({}),
});

/** Deletes one tag, not its artifact. TAG_NOT_FOUND, PROTECTED. */
export const deleteTag = defineRpc({
  service: 'metadata',
  method: 'deleteTag',
  isRead: false,
  request: Type.Object({
    repository: RepositoryName,
    tag: TagText,
    actor: Actor,
    via: Via,
    address: Type.Optional(ClientAddress),
  }),
  response: Type.Object({}),
});

/** Tags in byte order after `last`. NAME_UNKNOWN when the image does not exist. */
export const listTags = defineRpc({
  service: 'metadata',
  method: 'listTags',
  isRead: true,
  request: Type.Object({
    repository: RepositoryName,
    last: Type.Optional(Type.String({ maxLength: 1024 })),
    limit: PageLimit,
  }),
  response: Type.Object({ tags: Type.Array(Type.String()), hasMore: Type.Boolean() }),
});

/** Descriptors of the artifacts whose `subject` is the digest; an unknown digest has none. `after` is `next` of the page before. */
export const listReferrers = defineRpc({
  service: 'metadata',
  method: 'listReferrers',
  isRead: true,
  request: Type.Object({
    repository: RepositoryName,
    digest: DigestText,
    artifactType: Type.Optional(Type.String({ maxLength: 255 })),
    after: Type.Optional(Type.String({ maxLength: 1024 })),
    limit: PageLimit,
  }),
  response: Type.Object({
    descriptors: Type.Array(
      Type.Object({
        mediaType: Type.String(),
        digest: DigestText,
        size: Type.Integer(),
        artifactType: Type.Optional(Type.String()),
        annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
      }),
    ),
    next: Type.Optional(Type.String()),
  }),
});
