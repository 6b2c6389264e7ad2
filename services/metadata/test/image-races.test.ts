import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { deleteImage } from '../images/delete-image.ts';
import { repair } from '../maintenance/repair.ts';
import {
  Crash,
  type Fixture,
  imagePush,
  indexPush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  resolve,
  storedArtifact,
  tagsNow,
} from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const remove = () => deleteImage(fixture.facts, { scope: fixture.scope, origin: ORIGIN });
const stored = () => fixture.facts.images.get(fixture.scope.imageId);

/** The manifest pulls, and the image is listed for good. */
async function isThere(digest: string): Promise<void> {
  expect(await resolve(fixture, digest)).toBe(digest);
  const image = await stored();
  expect(image).toMatchObject({ name: 'web' });
  expect(image).not.toHaveProperty('state');
}

describe('deletion of an image against push', () => {
  beforeEach(async () => push(fixture, await imagePush(fixture, 'old', 'old')));

  test.each(['image-condemned', 'image-unneeded'] as const)('a push at %s keeps the image', async (step) => {
    const image = await imagePush(fixture, 'new', 'new');
    fixture.at(step, () => push(fixture, image));
    await remove();
    await isThere(image.digest);
    expect(await tagsNow(fixture)).toEqual(['new']);
  });

  test.each(['artifact-pending', 'artifact-checked', 'registry-checked', 'image-ensured'] as const)(
    'a push that got to %s keeps the image',
    async (step) => {
      const image = await imagePush(fixture, 'new', 'new');
      fixture.at(step, remove);
      await push(fixture, image);
      await isThere(image.digest);
    },
  );

  test('a push that saw the image before it was condemned is seen in it, and keeps it', async () => {
    const image = await imagePush(fixture, 'new', 'new');
    const goesOn = Promise.withResolvers<void>();
    let pushing: Promise<void> = Promise.resolve();
    fixture.at('image-empty', async () => {
      const isEnsured = Promise.withResolvers<void>();
      fixture.at('image-ensured', async () => {
        isEnsured.resolve();
        await goesOn.promise;
      });
      pushing = push(fixture, image);
      await isEnsured.promise;
    });
    await remove();
    goesOn.resolve();
    await pushing;
    await isThere(image.digest);
  });

  test('a push again makes an image that was lost', async () => {
    const image = await stored();
    if (!image) throw new Error('no image');
    await fixture.facts.images.remove(image);
    const old = await imagePush(fixture, 'old', 'old');
    await push(fixture, old);
    await isThere(old.digest);
  });

  test.each(['image-condemned', 'image-unneeded'] as const)(
    'a crash at %s leaves an empty image, which a deletion ends and a push keeps',
    async (step) => {
      fixture.crashAt(step);
      await expect(remove()).rejects.toThrow(Crash);
      expect(await tagsNow(fixture)).toEqual([]);
      const image = await imagePush(fixture, 'new', 'new');
      await push(fixture, image);
      await isThere(image.digest);
      fixture.crashAt(step);
      await expect(remove()).rejects.toThrow(Crash);
      await remove();
      expect(await stored()).toBeNull();
    },
  );
});

test('the deletion of an image also ends what another deletion left half-way, and takes its children', async () => {
  const child = await imagePush(fixture, 'a');
  await push(fixture, child);
  const index = indexPush(fixture, [child], 'multi');
  await push(fixture, index);
  fixture.crashAt('artifact-deleting');
  const deletion = deleteArtifact(fixture.facts, { ...fixture, digest: index.digest, origin: ORIGIN });
  await expect(deletion).rejects.toThrow(Crash);
  await remove();
  expect(await storedArtifact(fixture, child.digest)).toBeNull();
  expect(await storedArtifact(fixture, index.digest)).toBeNull();
  expect(await stored()).toBeNull();
});

describe('a push that does not succeed', () => {
  test('leaves no image where it would have made it', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    fixture.crashAt('image-ensured');
    await expect(push(fixture, image)).rejects.toThrow(Crash);
    expect(await stored()).not.toBeNull();
    fixture.advance(3 * MINUTE_MS);
    await repair(fixture.facts);
    expect(await stored()).toBeNull();
    await push(fixture, image);
    await isThere(image.digest);
  });

  test('leaves an image that was there before, even an empty one', async () => {
    const first = await imagePush(fixture, 'a', 'one');
    await push(fixture, first);
    await deleteArtifact(fixture.facts, { ...fixture, digest: first.digest, origin: ORIGIN });
    fixture.advance(MINUTE_MS);
    fixture.crashAt('image-ensured');
    await expect(push(fixture, await imagePush(fixture, 'b', 'two'))).rejects.toThrow(Crash);
    fixture.advance(3 * MINUTE_MS);
    await repair(fixture.facts);
    expect(await stored()).not.toBeNull();
  });

  test('leaves the image to another push', async () => {
    const other = await imagePush(fixture, 'b', 'two');
    fixture.crashAt('image-ensured');
    await expect(push(fixture, await imagePush(fixture, 'a', 'one'))).rejects.toThrow(Crash);
    await push(fixture, other);
    fixture.advance(3 * MINUTE_MS);
    await repair(fixture.facts);
    await isThere(other.digest);
  });
});
