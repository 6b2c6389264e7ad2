import { Type } from '@sinclair/typebox';
import { defineRpc } from './define-rpc.ts';

/** How many documents of one kind a call looks at, at most. */
const Limit = Type.Integer({ minimum: 1, maximum: 500 });
const Count = Type.Integer({ minimum: 0 });
/** There was more due than the call looked at: ask again. */
const IsMore = Type.Boolean();
const StoredKey = Type.Object({ key: Type.String(), driverState: Type.Optional(Type.Unknown()) });

/**
 * The steps of the storage sweep (architecture §4, "Sweep"): the cleaner asks, metadata decides and writes, the cleaner
 * deletes bytes. Each call handles documents that are due for review and takes them out of the review, so asking again goes on
 * where the call before ended, whoever asked it and whether its answer arrived: all of them may be repeated. A race with a
 * client always ends in its favour (`changed`).
 */
export const reviewLinks = defineRpc({
  service: 'metadata',
  method: 'reviewLinks',
  isRead: true,
  request: Type.Object({ limit: Limit }),
  response: Type.Object({
    removed: Count,
    kept: Type.Object({
      /** An artifact of its image names it. */
      named: Count,
      /** A pusher relied on it within the grace period. */
      recent: Count,
      /** What was deleted can be restored, with it. */
      inRecycleBin: Count,
      /** Somebody changed it while it was looked at. */
      changed: Count,
    }),
    isMore: IsMore,
  }),
});

/** Blobs that may have lost their last link: condemned, and removed after the quarantine; their uploads become discarded. */
export const reviewBlobs = defineRpc({
  service: 'metadata',
  method: 'reviewBlobs',
  isRead: true,
  request: Type.Object({ limit: Limit }),
  response: Type.Object({
    condemned: Count,
    removed: Count,
    removedBytes: Count,
    kept: Type.Object({ linked: Count, changed: Count }),
    isMore: IsMore,
  }),
});

/** Uploads left open for longer than they live, and committed ones whose key no blob came to name: discarded. */
export const reviewUploads = defineRpc({
  service: 'metadata',
  method: 'reviewUploads',
  isRead: true,
  request: Type.Object({ limit: Limit }),
  response: Type.Object({
    abandoned: Count,
    unnamed: Count,
    kept: Type.Object({ named: Count, changed: Count }),
    isMore: IsMore,
  }),
});

/**
 * Keys whose bytes may be deleted: all of discarded uploads, oldest first, and what take-overs left behind of committed ones.
 * None of them is written to any more.
 */
export const listDiscardedKeys = defineRpc({
  service: 'metadata',
  method: 'listDiscardedKeys',
  isRead: true,
  request: Type.Object({ limit: Limit, after: Type.Optional(Type.String()) }),
  response: Type.Object({
    items: Type.Array(
      Type.Object({
        uploadId: Type.String(),
        version: Type.Integer(),
        /** Of the bytes that were recorded. */
        sizeBytes: Count,
        keys: Type.Array(StoredKey),
      }),
    ),
    next: Type.Union([Type.String(), Type.Null()]),
  }),
});

/** The bytes of these are gone: forgets discarded uploads, and the left-behind keys of committed ones. By version; others stay. */
export const forgetDiscardedKeys = defineRpc({
  service: 'metadata',
  method: 'forgetDiscardedKeys',
  isRead: true,
  request: Type.Object({
    uploads: Type.Array(Type.Object({ uploadId: Type.String(), version: Type.Integer() }), { maxItems: 500 }),
  }),
  response: Type.Object({ forgotten: Count }),
});

/** Which of these keys of the blob store an upload that is not discarded may still go on from, or a blob is read from. */
export const findKeysInUse = defineRpc({
  service: 'metadata',
  method: 'findKeysInUse',
  isRead: true,
  request: Type.Object({ keys: Type.Array(Type.String(), { maxItems: 500 }) }),
  response: Type.Object({
    /** An open upload writes to it. */
    open: Type.Array(Type.String()),
    /** A committed upload has it. */
    committed: Type.Array(Type.String()),
    /** A discarded upload has it, so that the sweep deletes its bytes. */
    discarded: Type.Array(Type.String()),
  }),
});
