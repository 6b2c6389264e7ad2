import { StoreError } from '@berth/document-store';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { findManifest } from '../artifacts/find-manifest.ts';
import { deleteImage } from '../images/delete-image.ts';
import { viewImages } from '../images/view-image.ts';
import { createPullRecorder } from '../pulls/pull-recorder.ts';
import { readPulls } from '../pulls/read-pulls.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { type Fixture, imagePush, indexPush, MINUTE_MS, ORIGIN, openFixture, push } from './fixture.ts';

let fixture: Fixture;
let image: Awaited<ReturnType<typeof imagePush>>;
let recorder: ReturnType<typeof createPullRecorder>;
beforeEach(async () => {
  fixture = await openFixture();
  image = await imagePush(fixture, 'a', 'one');
  await push(fixture, image);
  recorder = createPullRecorder(fixture.facts);
});
afterEach(() => fixture.dispose());

const find = (reference: string) => findManifest(fixture.facts, fixture.scope, reference);
const statistic = (id: string) => fixture.facts.pullStatistics.get(id);
const artifactId = (digest = image.digest) => `${fixture.scope.imageId}@${digest}`;
const tagId = () => `${fixture.scope.imageId}:one`;
const allStatistics = async () =>
  (await fixture.facts.pullStatistics.page({ index: 'id', limit: 100 })).items.map(({ id }) => id);

async function pullOne(purpose: 'get' | 'head' = 'get'): Promise<void> {
  recorder.record(await find('one'), purpose);
  await recorder.flush();
}

describe('a pull by tag', () => {
  test('counts for the tag, the artifact and the image', async () => {
    await pullOne();
    await pullOne();
    for (const id of [tagId(), artifactId(), fixture.scope.imageId]) {
      expect(await statistic(id)).toMatchObject({ pullCount: 2 });
    }
    const stored = await fixture.facts.images.get(fixture.scope.imageId);
    const [view] = await viewImages(fixture.facts, fixture.scope.registry, stored ? [stored] : []);
    expect(view?.pullCount).toBe(2);
  });

  test('by HEAD moves the time alone', async () => {
    await pullOne('head');
    expect(await statistic(artifactId())).toMatchObject({ pullCount: 0, lastPulledAt: expect.any(Number) });
  });
});

test('a pull of a child is a use of its index', async () => {
  const index = indexPush(fixture, [image], 'multi');
  await push(fixture, index);
  await pullOne();
  const lastPulledAt = (await statistic(artifactId()))?.lastPulledAt ?? Number.NaN;
  const { artifact } = await find('multi');
  expect(await readPulls(fixture.facts, [artifact])).toEqual([{ count: 0, lastPulledAt }]);
  fixture.advance(MINUTE_MS);
  recorder.record(await find('multi'), 'get');
  await recorder.flush();
  const both = [artifact, (await find('one')).artifact];
  expect(await readPulls(fixture.facts, both)).toEqual([
    { count: 1, lastPulledAt: (await statistic(artifactId(index.digest)))?.lastPulledAt },
    { count: 1, lastPulledAt },
  ]);
});

describe('a flush that fails', () => {
  /** A recorder whose writes fail until it is told otherwise, and how often it tried. */
  function failingRecorder() {
    const state = { isFull: true, tries: 0 };
    const writeMany: Fixture['facts']['store']['writeMany'] = async (writes) => {
      state.tries++;
      if (state.isFull) throw new StoreError('STORAGE_FULL', 'no room');
      return await fixture.facts.store.writeMany(writes);
    };
    // The port's own object, but for one of its operations.
    const store = Object.create(fixture.facts.store, { writeMany: { value: writeMany } });
    return { state, failing: createPullRecorder({ ...fixture.facts, store }) };
  }

  test('loses nothing of what it had, nor of what comes meanwhile', async () => {
    const { state, failing } = failingRecorder();
    const found = await find('one');
    failing.record(found, 'get');
    await expect(failing.flush()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    fixture.advance(MINUTE_MS);
    const pulledAt = fixture.facts.clock();
    failing.record(found, 'get');
    state.isFull = false;
    await failing.flush();
    const stored = await statistic(artifactId());
    expect(stored).toMatchObject({ pullCount: 2 });
    expect(stored?.lastPulledAt).toBeGreaterThanOrEqual(pulledAt);
  });

  test('is tried again by the next regular one, not by each pull', async () => {
    const { state, failing } = failingRecorder();
    const found = await find('one');
    failing.record(found, 'get');
    await expect(failing.flush()).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    const { tries } = state;
    for (let n = 0; n < 100; n++) failing.record(found, 'get');
    state.isFull = false;
    await failing.flush();
    expect(state.tries).toBe(tries + 1);
    expect(await statistic(artifactId())).toMatchObject({ pullCount: 101 });
  });
});

describe('the statistics of what is deleted', () => {
  beforeEach(() => pullOne());

  test('go with a tag', async () => {
    await deleteTag(fixture.facts, { scope: fixture.scope, tag: 'one', origin: ORIGIN });
    expect(await allStatistics()).toEqual([fixture.scope.imageId, artifactId()]);
  });

  test('go with an artifact and its tags', async () => {
    await deleteArtifact(fixture.facts, { scope: fixture.scope, digest: image.digest, origin: ORIGIN });
    expect(await allStatistics()).toEqual([fixture.scope.imageId]);
  });

  test('go with an image, as does its summary', async () => {
    await deleteImage(fixture.facts, { scope: fixture.scope, origin: ORIGIN });
    expect(await allStatistics()).toEqual([]);
    expect(await fixture.facts.imageSummaries.get(fixture.scope.imageId)).toBeNull();
  });

  test('do not come back with a pull that was noted before', async () => {
    recorder.record(await find('one'), 'get');
    await deleteImage(fixture.facts, { scope: fixture.scope, origin: ORIGIN });
    await recorder.flush();
    expect(await allStatistics()).toEqual([]);
  });
});
