import { parseManifest } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { deleteBlob } from '../blobs/delete-blob.ts';
import { deleteImage } from '../images/delete-image.ts';
import { finishImageDeletion } from '../images/finish-image-deletion.ts';
import { repair } from '../maintenance/repair.ts';
import { emptyBin } from '../recycle-bin/empty-bin.ts';
import { findInBin } from '../recycle-bin/find-in-bin.ts';
import { listDeleted } from '../recycle-bin/list-deleted.ts';
import { purgeArtifact } from '../recycle-bin/purge-artifact.ts';
import { restoreArtifact } from '../recycle-bin/restore-artifact.ts';
import { beginRegistryDeletion, finishRegistryDeletion } from '../registries/delete-registry.ts';
import { reviewLinks } from '../sweep/review-links.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { pointTag } from '../tags/point-tag.ts';
import {
  BOB,
  Crash,
  type Fixture,
  imagePush,
  indexPush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  referrerPush,
  resolve,
  storedArtifact,
  storedEvents,
  tagsNow,
} from './fixture.ts';
import { DAY_MS, storedNow, sweepOut } from './sweep-fixture.ts';

type Pushed = Awaited<ReturnType<typeof imagePush>>;

const BOBS = { actor: BOB, via: 'api' } as const;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture({ recycleBinMs: 7 * DAY_MS });
});
afterEach(() => fixture.dispose());

const remove = ({ digest }: Pushed) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN, withAttached: true });
const restore = ({ digest }: Pushed) =>
  restoreArtifact(fixture.facts, { scope: fixture.scope, digest, origin: BOBS });
const purge = async ({ digest }: Pushed) => {
  const deleted = await findInBin(fixture.facts, fixture.scope, digest);
  await purgeArtifact(fixture.facts, { scope: fixture.scope, deleted, origin: BOBS });
};
const inBin = async () =>
  (await listDeleted(fixture.facts, { imageId: fixture.scope.imageId }, { limit: 100 })).items;
const digestsInBin = async () => (await inBin()).map(({ digest }) => digest).sort();
const digestsOf = (...pushed: Pushed[]) => pushed.map(({ digest }) => digest).sort();
const layerOf = ({ bytes, mediaType }: Pushed) => parseManifest(bytes, mediaType).layers[0]?.digest ?? '';

async function dieDeletingImage(): Promise<void> {
  const { facts, scope } = fixture;
  fixture.crashAt('bin-read');
  const deletion = { scope, origin: ORIGIN, atOnce: { artifacts: 1, tags: 1 } };
  await deleteImage(facts, deletion);
  await expect(finishImageDeletion(facts, scope)).rejects.toThrow(Crash);
  fixture.advance(3 * MINUTE_MS);
  await repair(facts);
}

async function pushed(content: string, tag?: string): Promise<Pushed> {
  const image = await imagePush(fixture, content, tag);
  await push(fixture, image);
  return image;
}

describe('A deleted artifact', () => {
  test('is listed with its tags, by whom and until when, and comes back with them', async () => {
    const image = await pushed('a', 'one');
    await pointTag(fixture.facts, { scope: fixture.scope, tag: 'two', digest: image.digest, origin: ORIGIN });
    await remove(image);
    expect(await tagsNow(fixture)).toEqual([]);
    const [deleted] = await inBin();
    expect(deleted).toMatchObject({ digest: image.digest, tags: ['one', 'two'], deletion: ORIGIN });
    expect(deleted?.restorableUntil).toBe(Date.parse(deleted?.deletedAt ?? '') + 7 * DAY_MS);

    const answer = {
      digest: image.digest,
      tags: ['one', 'two'],
      tagsElsewhere: [],
      alsoRestored: [],
      notRestored: [],
    };
    expect(await restore(image)).toEqual(answer);
    expect(await resolve(fixture, 'two')).toBe(image.digest);
    expect((await storedArtifact(fixture, image.digest))?.bytes).toEqual(image.bytes);
    expect(await inBin()).toEqual([]);
    const events = (await storedEvents(fixture)).filter(({ type }) => type.endsWith('artifact.pushed'));
    expect(events.at(-1)?.data).toMatchObject({ actor: BOB, via: 'api' });
  });

  test('keeps its blobs from the sweep as long as it can be restored, and no longer', async () => {
    const image = await pushed('a', 'one');
    await sweepOut(fixture);
    await remove(image);
    expect(await reviewLinks(fixture.facts, 10)).toMatchObject({ removed: 0, kept: { inRecycleBin: 2 } });
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toMatchObject({ links: 2, blobs: 2 });
    await restore(image);
    await remove(image);
    fixture.advance(7 * DAY_MS + 1);
    await expect(restore(image)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
    expect(await emptyBin(fixture.facts)).toBe(1);
    expect(await emptyBin(fixture.facts)).toBe(0);
  });

  test('that is purged is told of with who did it', async () => {
    const image = await pushed('a', 'one');
    await remove(image);
    await purge(image);
    expect((await storedEvents(fixture)).at(-1)).toMatchObject({
      ...{ type: 'berth.artifact.purged', subject: `acme/web@${image.digest}` },
      data: { registry: 'acme', image: 'web', digest: image.digest, actor: BOB, via: 'api' },
    });
  });

  test('leaves the bin for good when it is purged, and its bytes go once the sweep let them', async () => {
    const image = await pushed('a', 'one');
    const other = await pushed('b', 'two');
    await remove(image);
    await sweepOut(fixture);
    await purge(image);
    expect(await inBin()).toEqual([]);
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toMatchObject({ links: 2, blobs: 2 });
    expect(await resolve(fixture, 'two')).toBe(other.digest);
  });

  test('that was pushed again is not in the bin, and its next deletion counts', async () => {
    const image = await pushed('a', 'one');
    await remove(image);
    await push(fixture, image);
    expect(await inBin()).toEqual([]);
    fixture.advance(6 * DAY_MS);
    await deleteTag(fixture.facts, { scope: fixture.scope, tag: 'one', origin: ORIGIN });
    await remove(image);
    fixture.advance(6 * DAY_MS);
    expect(await restore(image)).toMatchObject({ tags: [] });
  });

  test('is in no bin where that is off', async () => {
    const off = await openFixture();
    try {
      const image = await imagePush(off, 'a', 'one');
      await push(off, image);
      await deleteArtifact(off.facts, { scope: off.scope, digest: image.digest, origin: ORIGIN });
      const { items } = await listDeleted(off.facts, { registryId: off.scope.registry.id }, { limit: 10 });
      expect(items).toEqual([]);
    } finally {
      await off.dispose();
    }
  });
});

describe('With a deleted artifact comes back', () => {
  test.each([
    ['it was deleted', remove],
    ['its image was', () => deleteImage(fixture.facts, { scope: fixture.scope, origin: ORIGIN })],
    ['its image was, by a copy that died', dieDeletingImage],
  ])('what was attached to it: children, referrers, signatures by tag, when %s', async (_, removeIndex) => {
    const [amd, arm] = [await pushed('amd'), await pushed('arm')];
    const index = indexPush(fixture, [amd, arm], 'multi');
    const sbom = await referrerPush(fixture, index, { content: 'sbom' });
    const attestation = await referrerPush(fixture, amd, { content: 'attestation' });
    for (const one of [index, sbom, attestation]) await push(fixture, one);
    const signature = await pushed('signature', `${index.digest.replace(':', '-')}.sig`);
    const all = digestsOf(amd, arm, index, sbom, attestation, signature);
    fixture.advance(1);
    await removeIndex(index);
    expect(await digestsInBin()).toEqual(all);

    const { alsoRestored } = await restore(index);
    expect([...alsoRestored, index.digest].sort()).toEqual(all);
    expect(await digestsInBin()).toEqual([]);
    expect((await tagsNow(fixture)).sort()).toEqual(['multi', signature.reference].sort());
    for (const digest of all) expect(await storedArtifact(fixture, digest)).toMatchObject({ state: 'live' });
  });

  test('a child that was deleted after its index', async () => {
    const child = await pushed('amd', 'child');
    const index = indexPush(fixture, [child], 'multi');
    await push(fixture, index);
    await deleteArtifact(fixture.facts, { scope: fixture.scope, digest: index.digest, origin: ORIGIN });
    await remove(child);
    expect(await restore(index)).toMatchObject({ alsoRestored: [child.digest] });
    expect(await resolve(fixture, 'child')).toBe(child.digest);
  });

  test('its image, where that was deleted', async () => {
    const image = await pushed('a', 'one');
    await deleteImage(fixture.facts, { scope: fixture.scope, origin: ORIGIN });
    expect(await fixture.facts.images.get(fixture.scope.imageId)).toBeNull();
    await restore(image);
    expect(await fixture.facts.images.get(fixture.scope.imageId)).toMatchObject({ name: 'web' });
    const summary = await fixture.facts.imageSummaries.get(fixture.scope.imageId);
    expect(summary).toMatchObject({ artifactCount: 1, tagCount: 1 });
  });
});

describe('What came since is the newer wish', () => {
  test('a tag that points elsewhere stays there', async () => {
    const [image, newer] = [await pushed('a', 'latest'), await imagePush(fixture, 'b', 'latest')];
    await remove(image);
    await push(fixture, newer);
    expect(await restore(image)).toMatchObject({ tags: [], tagsElsewhere: ['latest'] });
    expect(await resolve(fixture, 'latest')).toBe(newer.digest);
  });

  test('also when it is pushed in the middle of the restoration', async () => {
    const [image, newer] = [await pushed('a', 'latest'), await imagePush(fixture, 'b', 'latest')];
    await remove(image);
    fixture.at('tags-planned', () => push(fixture, newer));
    expect(await restore(image)).toMatchObject({ tags: [], tagsElsewhere: ['latest'] });
    expect(await resolve(fixture, 'latest')).toBe(newer.digest);
    expect(await resolve(fixture, image.digest)).toBe(image.digest);
  });

  test('a blob that a client deleted is gone, and the refusal names it', async () => {
    const image = await pushed('a', 'one');
    await remove(image);
    await deleteBlob(fixture.facts, fixture.scope, layerOf(image));
    const refusal = await restore(image).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'NOT_RESTORABLE', detail: { digests: [layerOf(image)] } });
    expect(String(refusal)).toContain(image.digest);
    expect(await storedArtifact(fixture, image.digest)).toBeNull();
    expect(await digestsInBin()).toEqual(digestsOf(image));
  });

  test('what was attached and lacks a blob by now stays deleted and is named; all else comes back', async () => {
    const image = await pushed('a', 'one');
    const signature = await pushed('signature', `${image.digest.replace(':', '-')}.sig`);
    const sbom = await referrerPush(fixture, image, { content: 'sbom' });
    await push(fixture, sbom);
    await remove(image);
    await deleteBlob(fixture.facts, fixture.scope, layerOf(signature));
    expect(await restore(image)).toMatchObject({
      ...{ digest: image.digest, tags: ['one'], alsoRestored: [sbom.digest] },
      notRestored: [{ digest: signature.digest, reason: expect.stringContaining(layerOf(signature)) }],
    });
    expect(await digestsInBin()).toEqual([signature.digest]);
  });

  test('a registry that is deleted takes its bin along, and the sweep frees it', async () => {
    const image = await pushed('a', 'one');
    await remove(image);
    await sweepOut(fixture);
    const { registry } = fixture.scope;
    await pushed('b', 'two');
    const deleting = await beginRegistryDeletion(fixture.facts, registry, { origin: ORIGIN, force: true });
    await finishRegistryDeletion(fixture.facts, deleting);
    expect((await listDeleted(fixture.facts, { registryId: registry.id }, { limit: 10 })).items).toEqual([]);
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });
});

describe('A crash', () => {
  test.each(['artifact-deleting', 'artifact-untagged', 'links-under-review', 'bin-read'] as const)(
    'of a deletion at %s leaves all tags to be restored once another copy has finished it',
    async (step) => {
      const image = await pushed('a', 'one');
      fixture.crashAt(step);
      await expect(remove(image)).rejects.toThrow(Crash);
      fixture.advance(3 * MINUTE_MS);
      await repair(fixture.facts);
      expect(await storedArtifact(fixture, image.digest)).toBeNull();
      expect(await restore(image)).toMatchObject({ tags: ['one'] });
    },
  );

  test.each(['artifact-pending', 'artifact-live', 'artifact-restored'] as const)(
    'of a restoration at %s lets it be repeated',
    async (step) => {
      const image = await pushed('a', 'one');
      const sbom = await referrerPush(fixture, image, { content: 'sbom' });
      await push(fixture, sbom);
      await remove(image);
      fixture.crashAt(step);
      await expect(restore(image)).rejects.toThrow(Crash);
      fixture.advance(3 * MINUTE_MS);
      await repair(fixture.facts);
      await restore(image);
      expect(await resolve(fixture, 'one')).toBe(image.digest);
      expect(await resolve(fixture, sbom.digest)).toBe(sbom.digest);
      expect(await inBin()).toEqual([]);
    },
  );

  test('between purge and review only puts the review off to the end of its time', async () => {
    const image = await pushed('a', 'one');
    await remove(image);
    await sweepOut(fixture);
    fixture.crashAt('artifact-purged');
    await expect(purge(image)).rejects.toThrow(Crash);
    fixture.advance(7 * DAY_MS);
    await sweepOut(fixture);
    expect(await storedNow(fixture)).toEqual({ links: 0, blobs: 0, uploads: 0 });
  });
});

describe('Races', () => {
  test('a sweep that comes between the look at the artifacts and the deletion finds the bin', async () => {
    const image = await pushed('a', 'one');
    await sweepOut(fixture);
    fixture.at('links-under-review', async () => {
      await reviewLinks(fixture.facts, 10); // sees it as deleting
    });
    await remove(image);
    await sweepOut(fixture);
    expect(await restore(image)).toMatchObject({ tags: ['one'] });
  });

  test('two copies that finish the same deletion both end, with one entry', async () => {
    const image = await pushed('a', 'one');
    fixture.at('bin-read', async () => {
      fixture.advance(3 * MINUTE_MS);
      await repair(fixture.facts);
    });
    await remove(image);
    expect(await digestsInBin()).toEqual(digestsOf(image));
    expect(await storedArtifact(fixture, image.digest)).toBeNull();
  });

  test('a push of the same manifest at the last moment wins over its deletion', async () => {
    const image = await pushed('a', 'one');
    fixture.at('bin-read', () => push(fixture, image));
    await remove(image);
    expect(await resolve(fixture, 'one')).toBe(image.digest);
    expect(await inBin()).toEqual([]);
  });
});
