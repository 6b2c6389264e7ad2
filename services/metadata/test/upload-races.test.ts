import { digestOf } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { claimUpload, releaseUpload } from '../uploads/claim-upload.ts';
import { commitUpload } from '../uploads/commit-upload.ts';
import { recordUpload } from '../uploads/record-upload.ts';
import { startUpload } from '../uploads/start-upload.ts';
import { ALICE, Crash, type Fixture, openFixture } from './fixture.ts';

const CONTENT = Buffer.from('some bytes');
const DIGEST = digestOf(CONTENT);
const FLUSHED = { sizeBytes: CONTENT.byteLength, digests: { sha256: DIGEST } };

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const refOf = (uploadId: string) => ({ uploadId, imageId: fixture.scope.imageId, actorId: ALICE.id });
const start = () => startUpload(fixture.facts, fixture.scope, ALICE.id);
const commit = (uploadId: string, version?: number) =>
  commitUpload(fixture.facts, fixture.scope, {
    ...refOf(uploadId),
    digest: DIGEST,
    claim: version === undefined ? undefined : { version, ...FLUSHED },
  });

describe('two writers of one upload', () => {
  test('the one that does not hold what was written gets a key of its own, and the other one loses', async () => {
    const { uploadId, key, version } = await start();
    const taken = await claimUpload(fixture.facts, refOf(uploadId));
    expect(taken.key).not.toBe(key);
    const record = recordUpload(fixture.facts, { ...refOf(uploadId), version, ...FLUSHED });
    await expect(record).rejects.toMatchObject({ code: 'UPLOAD_RANGE', detail: { offsetBytes: 0 } });
    await recordUpload(fixture.facts, { ...refOf(uploadId), version: taken.version, ...FLUSHED });
    expect(await commit(uploadId)).toMatchObject({ digest: DIGEST, discardedKeys: [key] });
    expect(await fixture.facts.blobs.get(DIGEST)).toMatchObject({ key: taken.key });
  });

  test('a second claim within the lease is refused with the range, and taken after it', async () => {
    const { uploadId } = await start();
    const first = await claimUpload(fixture.facts, refOf(uploadId));
    await expect(claimUpload(fixture.facts, refOf(uploadId))).rejects.toMatchObject({ code: 'UPLOAD_RANGE' });
    fixture.advance(31_000);
    const second = await claimUpload(fixture.facts, refOf(uploadId));
    expect(second.key).not.toBe(first.key);
    const late = recordUpload(fixture.facts, { ...refOf(uploadId), version: first.version, ...FLUSHED });
    await expect(late).rejects.toMatchObject({ code: 'UPLOAD_RANGE' });
  });

  test('a take-over copies from what was recorded, whatever an earlier take-over left behind', async () => {
    const { uploadId, key, version } = await start();
    await recordUpload(fixture.facts, { ...refOf(uploadId), version, ...FLUSHED });
    const first = await claimUpload(fixture.facts, refOf(uploadId));
    expect(first.copyFrom).toEqual({ key, sizeBytes: FLUSHED.sizeBytes });
    fixture.advance(31_000);
    const second = await claimUpload(fixture.facts, refOf(uploadId));
    expect(second.copyFrom).toEqual({ key, sizeBytes: FLUSHED.sizeBytes });
    expect(second.key).not.toBe(first.key);
    const { discardedKeys } = await commit(uploadId, second.version);
    expect(new Set(discardedKeys)).toEqual(new Set([key, first.key]));
  });

  test('whoever recorded last goes on in the same key', async () => {
    const { uploadId, key, version } = await start();
    const held = await recordUpload(fixture.facts, { ...refOf(uploadId), version, ...FLUSHED });
    const claim = await claimUpload(fixture.facts, { ...refOf(uploadId), heldVersion: held });
    expect(claim).toMatchObject({ key, sizeBytes: FLUSHED.sizeBytes });
    expect(claim.copyFrom).toBeUndefined();
  });

  test('what is recorded is not committed while, or after, somebody appends to its key', async () => {
    const { uploadId, version } = await start();
    const held = await recordUpload(fixture.facts, { ...refOf(uploadId), version, ...FLUSHED });
    await claimUpload(fixture.facts, { ...refOf(uploadId), heldVersion: held });
    await expect(commit(uploadId)).rejects.toMatchObject({ code: 'UPLOAD_RANGE' });
    fixture.advance(31_000);
    await expect(commit(uploadId)).rejects.toMatchObject({ code: 'UPLOAD_NEEDS_HASH' });
    const taken = await claimUpload(fixture.facts, refOf(uploadId));
    await commit(uploadId, taken.version);
    expect(await fixture.facts.blobs.get(DIGEST)).toMatchObject({ key: taken.key });
  });

  test('a claim given back is free at once, and what its writer left behind is never committed', async () => {
    const { uploadId, version } = await start();
    const held = await recordUpload(fixture.facts, { ...refOf(uploadId), version, ...FLUSHED });
    const failed = await claimUpload(fixture.facts, { ...refOf(uploadId), heldVersion: held });
    await releaseUpload(fixture.facts, { ...refOf(uploadId), version: failed.version });
    await expect(commit(uploadId)).rejects.toMatchObject({ code: 'UPLOAD_NEEDS_HASH' });
    const next = await claimUpload(fixture.facts, { ...refOf(uploadId), heldVersion: held });
    expect(next.copyFrom).toEqual({ key: failed.key, sizeBytes: FLUSHED.sizeBytes });
    expect(next.key).not.toBe(failed.key);
    const again = releaseUpload(fixture.facts, { ...refOf(uploadId), version: failed.version });
    await expect(again).rejects.toMatchObject({ code: 'UPLOAD_RANGE' });
  });

  test('who only ends it gets the key that stands, and whoever held it before goes on in a fresh one', async () => {
    const { uploadId, key, version } = await start();
    const held = await recordUpload(fixture.facts, {
      ...{ ...refOf(uploadId), version, ...FLUSHED },
      driverState: { at: 1 },
    });
    const ending = await claimUpload(fixture.facts, { ...refOf(uploadId), isEnding: true });
    expect(ending).toMatchObject({ key, driverState: { at: 1 }, ...FLUSHED });
    const holder = claimUpload(fixture.facts, { ...refOf(uploadId), heldVersion: held });
    await expect(holder).rejects.toMatchObject({ code: 'UPLOAD_RANGE' });
    fixture.advance(31_000);
    const late = await claimUpload(fixture.facts, { ...refOf(uploadId), heldVersion: held });
    expect(late.key).not.toBe(key);
    await expect(commit(uploadId, ending.version)).rejects.toMatchObject({ code: 'UPLOAD_RANGE' });
  });

  test('who ends it after a writer that was cut off gets a fresh key to copy to', async () => {
    const { uploadId, key, version } = await start();
    const held = await recordUpload(fixture.facts, {
      ...{ ...refOf(uploadId), version, ...FLUSHED },
      driverState: { at: 1 },
    });
    await claimUpload(fixture.facts, { ...refOf(uploadId), heldVersion: held });
    fixture.advance(31_000);
    const ending = await claimUpload(fixture.facts, { ...refOf(uploadId), isEnding: true });
    expect(ending.key).not.toBe(key);
    expect(ending).toMatchObject({ copyFrom: { key, driverState: { at: 1 } } });
    expect(ending.digests).toBeUndefined();
  });

  test('who ends it before anything was recorded gets a fresh key and no digest', async () => {
    const { uploadId, key } = await start();
    const ending = await claimUpload(fixture.facts, { ...refOf(uploadId), isEnding: true });
    expect(ending.key).not.toBe(key);
    expect(ending.digests).toBeUndefined();
  });

  test.each([
    ['another starter', { actorId: 'u-bob' }],
    ['another repository', { imageId: 'r/other' }],
    ['no such upload', { uploadId: 'nope' }],
  ])('%s gets UPLOAD_UNKNOWN', async (_, other) => {
    const { uploadId } = await start();
    const claim = claimUpload(fixture.facts, { ...refOf(uploadId), ...other });
    await expect(claim).rejects.toMatchObject({ code: 'UPLOAD_UNKNOWN' });
  });

  test('bytes that do not follow on are refused with where it stands', async () => {
    const { uploadId } = await start();
    const claim = claimUpload(fixture.facts, { ...refOf(uploadId), expectedOffsetBytes: 7 });
    await expect(claim).rejects.toMatchObject({ code: 'UPLOAD_RANGE', detail: { offsetBytes: 0 } });
  });
});

describe('commit', () => {
  test('a repeated commit answers the same again', async () => {
    const { uploadId, version } = await start();
    const first = await commit(uploadId, version);
    expect(await commit(uploadId)).toEqual(first);
    expect(await commit(uploadId, version)).toEqual(first);
  });

  test('of the wrong digest is refused and leaves the upload open', async () => {
    const { uploadId, version } = await start();
    const digest = digestOf(Buffer.from('other'));
    const wrong = commitUpload(fixture.facts, fixture.scope, {
      ...refOf(uploadId),
      digest,
      claim: { version, ...FLUSHED },
    });
    await expect(wrong).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
      detail: { expected: digest, actual: DIGEST },
    });
    expect(await commit(uploadId)).toMatchObject({ digest: DIGEST });
  });

  test('asks for the hash where the digest is of an algorithm that was not computed', async () => {
    const { uploadId, version } = await start();
    await recordUpload(fixture.facts, { ...refOf(uploadId), version, ...FLUSHED });
    const digest = digestOf(CONTENT, 'sha512');
    const commitSha512 = commitUpload(fixture.facts, fixture.scope, { ...refOf(uploadId), digest });
    await expect(commitSha512).rejects.toMatchObject({ code: 'UPLOAD_NEEDS_HASH' });
  });

  test('of a digest that another upload brought meanwhile keeps the first key and gives up its own', async () => {
    const [first, second] = [await start(), await start()];
    fixture.at('blob-linked', () => commit(second.uploadId, second.version));
    await fixture.facts.links.insert(`${fixture.scope.imageId}@${DIGEST}`, {
      registryId: fixture.scope.registry.id,
      digest: DIGEST,
      state: 'live',
      touchedAt: 0,
    });
    const answer = await commit(first.uploadId, first.version);
    expect(answer.discardedKeys).toEqual([first.key]);
    expect(await fixture.facts.blobs.get(DIGEST)).toMatchObject({ key: second.key });
    expect(await fixture.facts.uploads.get(first.uploadId)).toMatchObject({ state: 'discarded' });
    expect(await commit(first.uploadId)).toMatchObject({ digest: DIGEST });
  });

  test.each(['upload-committed', 'blob-linked'] as const)(
    'cut off at %s is ended by the repeated request, on what was stored',
    async (step) => {
      await fixture.facts.links.insert(`${fixture.scope.imageId}@${DIGEST}`, {
        registryId: fixture.scope.registry.id,
        digest: DIGEST,
        state: 'live',
        touchedAt: 0,
      });
      const { uploadId, key, version } = await start();
      fixture.crashAt(step);
      await expect(commit(uploadId, version)).rejects.toThrow(Crash);
      expect(await fixture.facts.blobs.get(DIGEST)).toBeNull();
      expect(await commit(uploadId)).toMatchObject({ digest: DIGEST, discardedKeys: [] });
      expect(await fixture.facts.blobs.get(DIGEST)).toMatchObject({ key, state: 'live' });
    },
  );

  test('takes a condemned blob back', async () => {
    const [first, second] = [await start(), await start()];
    await commit(first.uploadId, first.version);
    const blob = await fixture.facts.blobs.get(DIGEST);
    if (!blob) throw new Error('no blob');
    await fixture.facts.blobs.replace({ ...blob, state: 'condemned' });
    await commit(second.uploadId, second.version);
    expect(await fixture.facts.blobs.get(DIGEST)).toMatchObject({ state: 'live', key: first.key });
  });
});
