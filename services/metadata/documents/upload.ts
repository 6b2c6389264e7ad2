import type { CollectionDefinition } from '@berth/document-store';
import { type Static, Type } from '@sinclair/typebox';
import { Review } from './review.ts';

/** A key of the blob store and what its driver needs to go on with it. */
const StoredKey = Type.Object({ key: Type.String(), driverState: Type.Optional(Type.Unknown()) });
export type StoredKey = Static<typeof StoredKey>;

/**
 * Every key of the blob store stands in an upload until its bytes are gone: `open` → `committed`, owned by the blob
 * that names it; or → `discarded`, whose bytes may be deleted.
 */
const Upload = Type.Object({
  registryId: Type.String(),
  imageId: Type.String(),
  startedBy: Type.String(),
  state: Type.Union([Type.Literal('open'), Type.Literal('committed'), Type.Literal('discarded')]),
  current: StoredKey,
  /** The fresh key that a claimant copies the prefix to; becomes current when the claimant records. */
  next: Type.Optional(StoredKey),
  /** Keys left behind by take-overs; nobody reads them. */
  superseded: Type.Array(StoredKey),
  takeOvers: Type.Integer(),
  sizeBytes: Type.Integer(),
  /** The digest of those bytes by algorithm. */
  digests: Type.Record(Type.String(), Type.String()),
  /** Epoch milliseconds until which one claimant may write; absent at rest. */
  leaseUntil: Type.Optional(Type.Integer()),
  /** What it was committed as. */
  digest: Type.Optional(Type.String()),
  /** Epoch milliseconds of the last change, by which the sweep finds abandoned ones. */
  changedAt: Type.Integer(),
  /** Of committed ones. */
  ...Review.properties,
});
export type Upload = Static<typeof Upload>;

export const uploads: CollectionDefinition<Upload> = {
  name: 'uploads',
  schema: Upload,
  indexes: {
    byState: [{ field: 'state' }, { field: 'changedAt' }],
    byRegistry: [{ field: 'registryId' }],
    byReview: [{ field: 'reviewAt' }],
  },
};
