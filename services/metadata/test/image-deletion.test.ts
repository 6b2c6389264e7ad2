import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteImage } from '../images/delete-image.ts';
import { finishImageDeletion } from '../images/finish-image-deletion.ts';
import { viewImages } from '../images/view-image.ts';
import { repair } from '../maintenance/repair.ts';
import { createPolicy } from '../protection/create-policy.ts';
import {
  BOB,
  Crash,
  type Fixture,
  imagePush,
  indexPush,
  MINUTE_MS,
  openFixture,
  push,
  resolve,
  storedArtifact,
  storedEvents,
  tagsNow,
} from './fixture.ts';

const origin = { actor: BOB, via: 'api', address: '192.0.2.7' } as const;

let fixture: Fixture;
let child: string;
let late: Awaited<ReturnType<typeof imagePush>>;
beforeEach(async () => {
  fixture = await openFixture();
  const part = await imagePush(fixture, 'part');
  child = part.digest;
  late = await imagePush(fixture, 'late', 'late');
  await push(fixture, part);
  await push(fixture, await imagePush(fixture, 'one', 'one'));
  await push(fixture, indexPush(fixture, [part], 'multi'));
  fixture.advance(1);
});
afterEach(() => fixture.dispose());

/** For which two artifacts are many. */
const begin = () =>
  deleteImage(fixture.facts, { scope: fixture.scope, origin, atOnce: { artifacts: 2, tags: 10 } });
const finish = () => finishImageDeletion(fixture.facts, fixture.scope);
const stored = () => fixture.facts.images.get(fixture.scope.imageId);

async function isGone(): Promise<void> {
  expect(await stored()).toBeNull();
  for (const collection of [fixture.facts.artifacts, fixture.facts.tags])
    expect((await collection.page({ index: 'id', limit: 10 })).items).toEqual([]);
}

async function isKeptWith(...tags: string[]): Promise<void> {
  expect(await tagsNow(fixture)).toEqual(tags);
  for (const tag of tags) await resolve(fixture, tag);
  const image = await stored();
  expect(image).toMatchObject({ name: 'web' });
  for (const field of ['deletion', 'repairAt', 'state']) expect(image).not.toHaveProperty(field);
}

describe('a large image', () => {
  test.each([
    ['artifacts', { artifacts: 2, tags: 10 }],
    ['tags', { artifacts: 10, tags: 1 }],
  ])(
    'of many %s keeps the wish and serves what it holds, until that is brought to its end',
    async (_, atOnce) => {
      const { facts, scope } = fixture;
      const marked = await deleteImage(facts, { scope, origin, atOnce });
      if (marked === null) throw new Error('it was deleted at once');
      expect(marked.deletion).toMatchObject(origin);
      expect(await viewImages(facts, scope.registry, [marked])).toMatchObject([{ state: 'deleting' }]);
      expect(await tagsNow(fixture)).toEqual(['multi', 'one']);
      await resolve(fixture, 'one');
      await finish();
      await isGone();
    },
  );

  test('that is small enough goes at once', async () => {
    const { facts, scope } = fixture;
    const atOnce = { artifacts: 3, tags: 2 };
    expect(await deleteImage(facts, { scope, origin, atOnce })).toBeNull();
    await isGone();
  });

  test.each(['artifact-guarded', 'artifact-deleting', 'artifact-untagged', 'image-condemned'] as const)(
    'goes by repair, in the name of who wished it, when the process died at %s',
    async (step) => {
      await begin();
      fixture.crashAt(step);
      await expect(finish()).rejects.toThrow(Crash);
      expect(await stored()).not.toBeNull();
      fixture.advance(3 * MINUTE_MS);
      await repair(fixture.facts);
      await isGone();
      const ends = (await storedEvents(fixture)).filter(({ type }) => type.endsWith('.deleted'));
      expect(ends).toHaveLength(5);
      for (const { data } of ends) expect(data).toMatchObject(origin);
    },
  );

  test('is left alone by repair while somebody is at it', async () => {
    await begin();
    fixture.advance(3 * MINUTE_MS);
    let repaired: number | undefined;
    fixture.at('artifact-guarded', async () => {
      repaired = await repair(fixture.facts);
    });
    await finish();
    expect(repaired).toBe(0);
    await isGone();
  });

  test('may be brought to its end by two at once, with one event for each thing', async () => {
    await begin();
    fixture.at('artifact-deleting', finish);
    await finish();
    await isGone();
    const ends = (await storedEvents(fixture)).filter(({ type }) => type === 'berth.artifact.deleted');
    expect(ends).toHaveLength(3);
  });

  test('is kept with what becomes protected meanwhile', async () => {
    const { facts, scope } = fixture;
    await begin();
    const settings = { name: 'ones', images: { match: ['**'] }, tags: { match: ['one'] }, enabled: true };
    fixture.at('artifact-guarded', () => createPolicy(facts, { registry: scope.registry, settings, origin }));
    await finish();
    expect(await tagsNow(fixture)).toContain('one');
    expect(await stored()).not.toHaveProperty('deletion');
  });
});

describe('what is pushed meanwhile', () => {
  test.each(['artifact-guarded', 'artifact-untagged', 'image-empty', 'image-condemned'] as const)(
    'at %s stays, and the image with it',
    async (step) => {
      await begin();
      fixture.at(step, () => push(fixture, late));
      await finish();
      await isKeptWith('late');
    },
  );

  test('stays with what it names, also where that was pushed before', async () => {
    await begin();
    const part = await imagePush(fixture, 'part');
    await push(fixture, late);
    await push(fixture, indexPush(fixture, [part, late], 'both'));
    await finish();
    expect(await storedArtifact(fixture, child)).toMatchObject({ state: 'live' });
    await isKeptWith('both', 'late');
  });

  test('stays where it is an artifact that was about to go', async () => {
    await begin();
    const one = await imagePush(fixture, 'one', 'one');
    // It is the second to go: the index, which is newer, is the first.
    fixture.at('artifact-guarded', async () => {
      fixture.at('artifact-guarded', () => push(fixture, one));
    });
    await finish();
    await isKeptWith('one');
  });

  test('goes as well when the deletion is wished again, also of one who is at it', async () => {
    await begin();
    fixture.at('artifact-guarded', async () => {
      await push(fixture, late);
      fixture.advance(1);
      await begin();
    });
    await finish();
    await isGone();
  });
});
