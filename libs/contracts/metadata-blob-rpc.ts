import { type Static, Type } from '@sinclair/typebox';
import { defineRpc } from './define-rpc.ts';
import { Actor } from './principal.ts';
import { DigestText, RepositoryName } from './repository.ts';

const UploadId = Type.String({ minLength: 1, maxLength: 64 });
const SizeBytes = Type.Integer({ minimum: 0 });
const Version = Type.Integer({ minimum: 0 });
/** Opaque to metadata: what the blob store needs to go on writing a key (for S3 the parts). */
const DriverState = Type.Unknown();
/** The digest of the bytes so far, by algorithm: `{sha256: 'sha256:…'}`. */
const Digests = Type.Record(Type.String({ maxLength: 16 }), DigestText);

/** A blob that may be read: `key` says where the blob store has it. */
export const BlobFacts = Type.Object({ digest: DigestText, sizeBytes: SizeBytes, key: Type.String() });
export type BlobFacts = Static<typeof BlobFacts>;

/**
 * Begins an upload, or mounts (OCI end-11): the blob is linked when it is linked in one of `mount.candidates`,
 * repositories the caller may pull from. NAME_UNKNOWN when the registry is missing. Who starts an upload
 * may write to its key without a claim until something is recorded: the version it was given is its claim (renew it on
 * long writes). From then on every writer claims first, so that no upload is committed while bytes are appended to it.
 */
export const startUpload = defineRpc({
  service: 'metadata',
  method: 'startUpload',
  isRead: false,
  request: Type.Object({
    repository: RepositoryName,
    actor: Actor,
    mount: Type.Optional(
      Type.Object({
        digest: DigestText,
        candidates: Type.Array(RepositoryName, { maxItems: 64 }),
        /** The caller may pull from every image of the registry, so that any of them will do. */
        isRegistryWide: Type.Boolean(),
      }),
    ),
  }),
  response: Type.Object({
    mounted: Type.Optional(BlobFacts),
    upload: Type.Optional(Type.Object({ uploadId: UploadId, key: Type.String(), version: Version })),
  }),
});

const UploadOf = { repository: RepositoryName, uploadId: UploadId, actorId: Type.String({ maxLength: 255 }) };

/** Where an upload stands. UPLOAD_UNKNOWN also for another's upload and another repository's. */
export const getUpload = defineRpc({
  service: 'metadata',
  method: 'getUpload',
  isRead: true,
  request: Type.Object(UploadOf),
  response: Type.Object({ sizeBytes: SizeBytes }),
});

/**
 * Takes the upload for one writer, with a lease. `heldVersion` is the version after which the claimant itself wrote
 * last and still holds the running hash. When it is not the current one and bytes were written, the answer carries
 * `copyFrom`: the claimant must copy that prefix into `key` (a fresh one), hashing it, before it goes on. `isEnding`: the
 * claimant writes nothing more. At rest it is given the key that stands, with the `digests` of its bytes, to complete it and
 * commit by this claim; after a writer that may have left bytes behind, a fresh key like everybody.
 * UPLOAD_RANGE (detail {offsetBytes}) when another writer holds it or `expectedOffsetBytes` is not where it stands.
 */
export const claimUpload = defineRpc({
  service: 'metadata',
  method: 'claimUpload',
  isRead: false,
  request: Type.Object({
    ...UploadOf,
    heldVersion: Type.Optional(Version),
    expectedOffsetBytes: Type.Optional(SizeBytes),
    isEnding: Type.Optional(Type.Boolean()),
  }),
  response: Type.Object({
    version: Version,
    key: Type.String(),
    sizeBytes: SizeBytes,
    driverState: Type.Optional(DriverState),
    digests: Type.Optional(Digests),
    copyFrom: Type.Optional(
      Type.Object({ key: Type.String(), sizeBytes: SizeBytes, driverState: Type.Optional(DriverState) }),
    ),
    /** The lease must be renewed, or the bytes recorded, before this many milliseconds have gone. */
    leaseMs: Type.Integer(),
  }),
});

/** Keeps a claim alive. VERSION_CONFLICT: the lease was lost, stop writing. */
export const renewUpload = defineRpc({
  service: 'metadata',
  method: 'renewUpload',
  isRead: false,
  request: Type.Object({ ...UploadOf, version: Version }),
  response: Type.Object({ version: Version }),
});

/** Ends a claim whose bytes could not be stored: the upload stands where it stood. UPLOAD_RANGE when it was lost anyway. */
export const releaseUpload = defineRpc({
  service: 'metadata',
  method: 'releaseUpload',
  isRead: false,
  request: Type.Object({ ...UploadOf, version: Version }),
  response: Type.Object({}),
});

/** Flushed bytes: ends the claim. VERSION_CONFLICT when the claim was lost meanwhile. */
export const recordUpload = defineRpc({
  service: 'metadata',
  method: 'recordUpload',
  isRead: false,
  request: Type.Object({
    ...UploadOf,
    version: Version,
    sizeBytes: SizeBytes,
    digests: Digests,
    driverState: Type.Optional(DriverState),
  }),
  response: Type.Object({ version: Version }),
});

/**
 * Makes the bytes of an upload a blob of the repository (architecture §4, "Link a blob"). With `claim`, the claimant
 * has just flushed or completed them; without, the upload must be at rest and its digest so far decides: DIGEST_INVALID when it
 * differs, UPLOAD_NEEDS_HASH when it is not known in that algorithm. Repeating it answers the same again. Since a blob store
 * may have to complete a key before its bytes can be read, an open upload is committed by a claim.
 * `discardedKeys`: bytes that no blob names any more (a second copy of the digest, prefixes left behind); the caller
 * may delete them.
 */
export const commitUpload = defineRpc({
  service: 'metadata',
  method: 'commitUpload',
  isRead: false,
  request: Type.Object({
    ...UploadOf,
    digest: DigestText,
    claim: Type.Optional(
      Type.Object({
        version: Version,
        sizeBytes: SizeBytes,
        digests: Digests,
        driverState: Type.Optional(DriverState),
      }),
    ),
  }),
  response: Type.Object({
    digest: DigestText,
    sizeBytes: SizeBytes,
    discardedKeys: Type.Array(Type.String()),
  }),
});

/** Cancels an upload; its keys may then be deleted by the caller. */
export const discardUpload = defineRpc({
  service: 'metadata',
  method: 'discardUpload',
  isRead: false,
  request: Type.Object(UploadOf),
  response: Type.Object({
    discarded: Type.Array(Type.Object({ key: Type.String(), driverState: Type.Optional(DriverState) })),
  }),
});

/**
 * A blob of a repository. `touch`: a pusher asks, and relies on it being there for its manifest. BLOB_UNKNOWN.
 * A touch that fails is BLOB_UNKNOWN as well, so that the pusher sends it.
 */
export const statBlob = defineRpc({
  service: 'metadata',
  method: 'statBlob',
  isRead: true,
  request: Type.Object({ repository: RepositoryName, digest: DigestText, touch: Type.Boolean() }),
  response: BlobFacts,
});

/** Takes a blob out of a repository. BLOB_UNKNOWN; BLOB_REFERENCED while an artifact names it. */
export const deleteBlob = defineRpc({
  service: 'metadata',
  method: 'deleteBlob',
  isRead: false,
  request: Type.Object({ repository: RepositoryName, digest: DigestText, actor: Actor }),
  response: Type.Object({}),
});
