import { digestOf, parseManifest } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { deleteBlob } from '../blobs/delete-blob.ts';
import { statBlob } from '../blobs/stat-blob.ts';
import { linkId } from '../documents/ids.ts';
import { beginRegistryDeletion, finishRegistryDeletion } from '../registries/delete-registry.ts';
import { findKeysInUse } from '../sweep/find-keys-in-use.ts';
import { leftBehindId } from '../sweep/left-behind.ts';
import { reviewBlobs } from '../sweep/review-blobs.ts';
import { reviewLinks } from '../sweep/review-links.ts';
import { reviewUploads } from '../sweep/review-uploads.ts';
import { claimUpload } from '../uploads/claim-upload.ts';
import { commitUpload } from '../uploads/commit-upload.ts';
import { recordUpload } from '../uploads/record-upload.ts';
import { startUpload } from '../uploads/start-upload.ts';
import {
  ALICE,
  type Fixture,
  imagePush,
  indexPush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  storeBlob,
} from './fixture.ts';
import { DAY_MS, storedNow, sweep, sweepOut } from './sweep-fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const keyOf = async (digest: string) => (await fixture.facts.blobs.get(digest))?.key;
const linkOf = (digest: string) => fixture.facts.links.get(linkId(fixture.scope.imageId, digest));
const remove = (digest: string) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN });
const layerOf = ({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }) =>
  parseManifest(bytes, mediaType).layers[0]?.digest ?? '';

describe('what is kept', () => {
  test('what a live artifact names, and it leaves the review for good', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    expect(await sweepOut(fixture)).toEqual([]);
    expect(await storedNow(fixture)).toEqual({ links: 2, blobs: 2, uploads: 2 });
    expect((await linkOf(layerOf(image)))?.reviewAt).toBeUndefined();
    expect(await reviewLinks(fixture.facts, 10)).toMatchObject({ kept: { named: 0 } });
    expect(await reviewUploads(fixture.facts, 10)).toMatchObject({ kept: { named: 0 } });
  });

  test('what was pushed within the grace period, and what a pusher asked for', async () => {
    const blob = await storeBlob(fixture, 'layer');
    fixture.advance(23 * 60 * MINUTE_MS);
    expect(await sweep(fixture.facts)).toEqual([]);
    await statBlob(fixture.facts, fixture.scope, { digest: blob.digest, touch: true });
    fixture.advance(23 * 60 * MINUTE_MS);
    expect(await reviewLinks(fixture.facts, 10)).toMatchObject({ removed: 0, kept: { recent: 1 } });
    expect(await linkOf(blob.digest)).toMatchObject({ state: 'live' });
  });

  test('bytes that another image still names', async () => {
    const scope = { ...fixture.scope, image: 'other', imageId: `${fixture.scope.registry.id}/other` };
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    await push(fixture, { ...(await imagePush({ ...fixture, scope }, 'a', 'one')) });
    await remove(image.digest);
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 2, blobs: 2, uploads: 2 });
    expect(await linkOf(layerOf(image))).toBeNull();
  });

  test('the layer that two artifacts share, until both are gone', async () => {
    const one = await imagePush(fixture, 'a', 'one', { layer: 'shared' });
    const two = await imagePush(fixture, 'b', 'two', { layer: 'shared' });
    await push(fixture, one);
    await push(fixture, two);
    await sweepOut(fixture);
    await remove(one.digest);
    await sweepOut(fixture);
    expect(await linkOf(layerOf(one))).toMatchObject({ state: 'live' });
    await remove(two.digest);
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });
});

describe('what goes', () => {
  test('all of an artifact that was deleted, bytes last', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    const key = await keyOf(layerOf(image));
    await sweepOut(fixture);
    await remove(image.digest);
    expect(await sweep(fixture.facts)).toEqual([]);
    expect(await storedNow(fixture)).toMatchObject({ links: 0, blobs: 2 });
    fixture.advance(61 * MINUTE_MS);
    expect(await reviewBlobs(fixture.facts, 10)).toMatchObject({ removed: 2 });
    expect(await sweep(fixture.facts)).toEqual([]); // whoever wrote may not have noticed yet
    fixture.advance(MINUTE_MS);
    expect(await sweep(fixture.facts)).toContain(key);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test('a layer that no manifest came to name', async () => {
    const { digest } = await storeBlob(fixture, 'layer');
    const key = await keyOf(digest);
    expect(await sweepOut(fixture)).toEqual([key]);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test('a blob that a client deleted', async () => {
    const { digest } = await storeBlob(fixture, 'layer');
    await deleteBlob(fixture.facts, fixture.scope, digest);
    expect((await fixture.facts.blobs.get(digest))?.reviewAt).toBeDefined();
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test('an index with its children, and all that a registry held', async () => {
    const child = await imagePush(fixture, 'a');
    await push(fixture, child);
    await push(fixture, indexPush(fixture, [child], 'one'));
    await sweepOut(fixture);
    await storeBlob(fixture, 'late');
    const { uploadId } = await startUpload(fixture.facts, fixture.scope, ALICE.id);
    const wish = { origin: ORIGIN, force: true };
    const deleting = await beginRegistryDeletion(fixture.facts, fixture.scope.registry, wish);
    await finishRegistryDeletion(fixture.facts, deleting);
    const freed = await sweepOut(fixture);
    expect(freed.some((key) => key.endsWith(uploadId))).toBe(true);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });

  test('the second copy of a digest, and never the first', async () => {
    const { digest } = await storeBlob(fixture, 'layer');
    const key = await keyOf(digest);
    await storeBlob(fixture, 'layer');
    fixture.advance(MINUTE_MS);
    const freed = await sweep(fixture.facts);
    expect(freed).toHaveLength(1);
    expect(freed).not.toContain(key);
    expect(await keyOf(digest)).toBe(key);
  });

  test('an upload that nobody went on with, and not one that somebody writes to', async () => {
    const left = await startUpload(fixture.facts, fixture.scope, ALICE.id);
    const busy = await startUpload(fixture.facts, fixture.scope, ALICE.id);
    fixture.advance(DAY_MS);
    const ref = { uploadId: busy.uploadId, imageId: fixture.scope.imageId, actorId: ALICE.id };
    await claimUpload(fixture.facts, { ...ref, heldVersion: busy.version });
    expect(await reviewUploads(fixture.facts, 10)).toMatchObject({ abandoned: 1 });
    fixture.advance(MINUTE_MS);
    expect(await sweep(fixture.facts)).toEqual([left.key]);
    expect(await findKeysInUse(fixture.facts, [left.key, busy.key])).toEqual({
      open: [busy.key],
      committed: [],
      discarded: [],
    });
  });

  test('keys that take-overs left behind of a committed upload, while its own stays', async () => {
    const { digest, ref, first } = await commitAfterTakeOver();
    const key = await keyOf(digest);
    expect(key).not.toBe(first);
    expect(await findKeysInUse(fixture.facts, [first, key ?? ''])).toMatchObject({ committed: [first, key] });
    const image = await imagePush(fixture, 'a', 'one', { layer: 'layer' });
    await push(fixture, image);
    fixture.advance(DAY_MS);
    await reviewUploads(fixture.facts, 10);
    expect(await findKeysInUse(fixture.facts, [first, key ?? ''])).toEqual({
      open: [],
      committed: [key],
      discarded: [first],
    });
    const freed = await sweepOut(fixture);
    expect(freed).toContain(first);
    expect(freed).not.toContain(key);
    expect(await fixture.facts.uploads.get(leftBehindId(ref.uploadId))).toBeNull();
    expect(await keyOf(digest)).toBe(key);
  });

  /** An upload of two requests by two copies: the second copies the prefix to a key of its own. */
  async function commitAfterTakeOver() {
    const { uploadId, key: first, version } = await startUpload(fixture.facts, fixture.scope, ALICE.id);
    const ref = { uploadId, imageId: fixture.scope.imageId, actorId: ALICE.id };
    const bytes = Buffer.from('layer');
    const digest = digestOf(bytes);
    await recordUpload(fixture.facts, { ...ref, version, sizeBytes: 2, digests: {}, driverState: {} });
    const claim = await claimUpload(fixture.facts, ref);
    await commitUpload(fixture.facts, fixture.scope, {
      ...ref,
      digest,
      claim: { version: claim.version, sizeBytes: bytes.byteLength, digests: { sha256: digest } },
    });
    return { digest, ref, first };
  }
});
