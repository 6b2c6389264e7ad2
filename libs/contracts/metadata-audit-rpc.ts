import { type Static, Type } from '@sinclair/typebox';
import { defineRpc } from './define-rpc.ts';

export const AuditKind = Type.Union([
  Type.Literal('blobs'),
  Type.Literal('uploads'),
  Type.Literal('links'),
  Type.Literal('artifacts'),
  Type.Literal('tags'),
]);
export type AuditKind = Static<typeof AuditKind>;

/** A fact that does not agree with another one, or a change under way: look again to tell. */
export const AuditFinding = Type.Object({
  problem: Type.Union([
    /** A blob whose upload is missing or discarded: nobody would ever delete its bytes, or somebody is about to. */
    Type.Literal('blobWithoutUpload'),
    /** A link to a blob that is not stored. */
    Type.Literal('danglingLink'),
    /** An artifact that names a blob or a child that its image does not have. */
    Type.Literal('missingReference'),
    /** A tag whose artifact is not there. */
    Type.Literal('danglingTag'),
    /** A document whose image or registry is gone. */
    Type.Literal('ownerless'),
    /** Nothing needs it, and no review would ever find it. */
    Type.Literal('unreviewed'),
  ]),
  kind: AuditKind,
  id: Type.String(),
  /** In words, with the values. */
  detail: Type.String(),
  /** `acme/web`, where it is known. */
  repository: Type.Optional(Type.String()),
  isRepaired: Type.Boolean(),
});
export type AuditFinding = Static<typeof AuditFinding>;

/**
 * Reads one page of documents and says which do not agree with others, for `berth check`. With `repair`, those that can be mended
 * without losing anything are: a dangling link that nothing names and a dangling tag go, what has no review gets one, and an
 * upload that a blob names is there again.
 */
export const auditFacts = defineRpc({
  service: 'metadata',
  method: 'auditFacts',
  isRead: true,
  request: Type.Object({
    kind: AuditKind,
    limit: Type.Integer({ minimum: 1, maximum: 500 }),
    after: Type.Optional(Type.String()),
    /** These documents instead of a page: to look at findings again. */
    ids: Type.Optional(Type.Array(Type.String(), { maxItems: 500 })),
    /** Mends what may be; only with `ids`, so that what is mended was found twice. */
    repair: Type.Boolean(),
  }),
  response: Type.Object({
    examined: Type.Integer({ minimum: 0 }),
    findings: Type.Array(AuditFinding),
    /** Of `blobs`: what to compare with the blob store. */
    blobs: Type.Optional(
      Type.Array(
        Type.Object({
          digest: Type.String(),
          key: Type.String(),
          sizeBytes: Type.Integer(),
          version: Type.Integer(),
        }),
      ),
    ),
    next: Type.Union([Type.String(), Type.Null()]),
  }),
});

/**
 * The blob as it stands now, and the repositories that would miss it (20 at most), to look at a finding a second time. Null: gone
 * since.
 */
export const describeBlob = defineRpc({
  service: 'metadata',
  method: 'describeBlob',
  isRead: true,
  request: Type.Object({ digest: Type.String() }),
  response: Type.Object({
    blob: Type.Union([
      Type.Object({ key: Type.String(), sizeBytes: Type.Integer(), version: Type.Integer() }),
      Type.Null(),
    ]),
    repositories: Type.Array(Type.String()),
  }),
});

/**
 * Gives up a blob whose bytes are missing or wrong, by version: from then on a pusher is told that it is not there, and the next
 * push of the image stores it anew. Its upload becomes discarded. VERSION_CONFLICT when it changed.
 */
export const giveUpBlob = defineRpc({
  service: 'metadata',
  method: 'giveUpBlob',
  isRead: false,
  request: Type.Object({ digest: Type.String(), version: Type.Integer() }),
  response: Type.Object({}),
});

/** Keys of the blob store that no upload knows become discarded uploads, so that the sweep deletes them. */
export const adoptOrphanedKeys = defineRpc({
  service: 'metadata',
  method: 'adoptOrphanedKeys',
  isRead: true,
  request: Type.Object({
    keys: Type.Array(Type.Object({ key: Type.String(), sizeBytes: Type.Integer() }), { maxItems: 500 }),
  }),
  response: Type.Object({ adopted: Type.Integer({ minimum: 0 }) }),
});
