import type { RpcServer } from '@berth/bus';
import {
  findKeysInUse as findKeysInUseRpc,
  forgetDiscardedKeys as forgetDiscardedKeysRpc,
  listDiscardedKeys as listDiscardedKeysRpc,
  reviewBlobs as reviewBlobsRpc,
  reviewLinks as reviewLinksRpc,
  reviewUploads as reviewUploadsRpc,
} from '@berth/contracts';
import type { Metadata } from '../metadata.ts';
import { forgetDiscardedKeys, listDiscardedKeys } from '../sweep/discarded-keys.ts';
import { findKeysInUse } from '../sweep/find-keys-in-use.ts';
import { reviewBlobs } from '../sweep/review-blobs.ts';
import { reviewLinks } from '../sweep/review-links.ts';
import { reviewUploads } from '../sweep/review-uploads.ts';

/** The steps of the storage sweep: retention-cleaner asks, this decides. */
export function serveSweep(server: RpcServer, { facts }: Metadata): void {
  server.serve(reviewLinksRpc, async ({ limit }) => await reviewLinks(facts, limit));
  server.serve(reviewBlobsRpc, async ({ limit }) => await reviewBlobs(facts, limit));
  server.serve(reviewUploadsRpc, async ({ limit }) => await reviewUploads(facts, limit));
  server.serve(listDiscardedKeysRpc, async (query) => await listDiscardedKeys(facts, query));
  server.serve(forgetDiscardedKeysRpc, async ({ uploads }) => ({
    forgotten: await forgetDiscardedKeys(facts, uploads),
  }));
  server.serve(findKeysInUseRpc, async ({ keys }) => await findKeysInUse(facts, keys));
}
