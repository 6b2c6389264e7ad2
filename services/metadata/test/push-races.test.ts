import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { inTime } from '../in-time.ts';
import { repair } from '../maintenance/repair.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { pointTag } from '../tags/point-tag.ts';
import {
  Crash,
  type Fixture,
  imagePush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  resolve,
  tagsNow,
} from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const resolves = (reference: string) => resolve(fixture, reference);
const remove = (digest: string) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN });
const unknown = { code: 'MANIFEST_UNKNOWN' };

describe('what nobody waits for any more', () => {
  let now: number;
  beforeEach(() => {
    now = 0;
  });
  const assertInTime = inTime({ deadline: 1_000 }, () => now);
  const late = { code: 'DEADLINE_EXCEEDED' };

  test('a push does not take back what was pushed since, and leaves nothing', async () => {
    const [first, second] = [
      await imagePush(fixture, 'a', 'latest'),
      await imagePush(fixture, 'b', 'latest'),
    ];
    fixture.at('tags-planned', async () => {
      now = 2_000;
      await push(fixture, second);
    });
    await expect(push(fixture, { ...first, assertInTime })).rejects.toMatchObject(late);
    expect(await resolves('latest')).toBe(second.digest);
    await expect(resolves(first.digest)).rejects.toMatchObject(unknown);
  });

  test('a move of a tag that lost a race does not try again', async () => {
    const [first, second] = [await imagePush(fixture, 'a', 'one'), await imagePush(fixture, 'b', 'latest')];
    await push(fixture, first);
    await push(fixture, { ...first, reference: 'latest' });
    fixture.at('tags-planned', async () => {
      await push(fixture, second);
      now = 2_000;
    });
    await expect(push(fixture, { ...first, reference: 'latest', assertInTime })).rejects.toMatchObject(late);
    expect(await resolves('latest')).toBe(second.digest);
  });

  test('a deletion, of a tag or an artifact, does not take what was pushed again since', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    now = 2_000;
    const { facts, scope } = fixture;
    const tag = deleteTag(facts, { scope, tag: 'one', origin: ORIGIN, assertInTime });
    await expect(tag).rejects.toMatchObject(late);
    const artifact = deleteArtifact(facts, { scope, digest: image.digest, origin: ORIGIN, assertInTime });
    await expect(artifact).rejects.toMatchObject(late);
    expect(await resolves('one')).toBe(image.digest);
  });
});

describe('push against push', () => {
  test('a second pusher drives a pending manifest onward, and the first finds it done', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    fixture.at('artifact-pending', () => push(fixture, { ...image, reference: 'two' }));
    await push(fixture, image);
    expect(await resolves('one')).toBe(image.digest);
    expect(await resolves('two')).toBe(image.digest);
  });

  test('two pushers of one tag leave it at one of the two, and both manifests visible', async () => {
    const first = await imagePush(fixture, 'a', 'latest');
    const second = await imagePush(fixture, 'b', 'latest');
    fixture.at('artifact-checked', () => push(fixture, second));
    await push(fixture, first);
    expect(await resolves('latest')).toBe(first.digest);
    expect(await resolves(second.digest)).toBe(second.digest);
  });

  test('eight pushers of one tag at once all succeed', async () => {
    const images = await Promise.all([...'abcdefgh'].map((name) => imagePush(fixture, name, 'latest')));
    await Promise.all(images.map((image) => push(fixture, image)));
    expect(images.map(({ digest }) => digest)).toContain(await resolves('latest'));
    expect(await tagsNow(fixture)).toEqual(['latest']);
  });

  test('a manifest whose blob is missing is refused and leaves nothing', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    const { items } = await fixture.facts.links.page({
      index: 'id',
      limit: 10,
    });
    for (const link of items) await fixture.facts.links.remove(link);
    await expect(push(fixture, image)).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
    await expect(resolves(image.digest)).rejects.toMatchObject(unknown);
    expect(await fixture.facts.artifacts.get(`${fixture.scope.imageId}@${image.digest}`)).toBeNull();
  });
});

describe('delete against push', () => {
  test('a push revives a manifest that is being deleted, and wins', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    fixture.at('artifact-deleting', () => push(fixture, image));
    await remove(image.digest);
    expect(await resolves('one')).toBe(image.digest);
    expect(await tagsNow(fixture)).toEqual(['one']);
  });

  test('a push after the tags were removed gets its tag again', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    fixture.at('artifact-untagged', () => push(fixture, image));
    await remove(image.digest);
    expect(await resolves('one')).toBe(image.digest);
  });

  test('a manifest deleted between live and tag is pushed again', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    fixture.at('tag-moved', () => remove(image.digest));
    await push(fixture, image);
    expect(await resolves('one')).toBe(image.digest);
  });

  test('a tag that is pointed at a manifest in its last moment goes with it', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    const tagId = `${fixture.scope.imageId}:late`;
    fixture.at('artifact-untagged', async () => {
      const now = new Date().toISOString();
      await fixture.facts.tags.insert(tagId, {
        imageId: fixture.scope.imageId,
        name: 'late',
        digest: image.digest,
        artifactId: `${fixture.scope.imageId}@${image.digest}`,
        createdAt: now,
        updatedAt: now,
        createdBy: ORIGIN.actor,
      });
    });
    await remove(image.digest);
    expect(await tagsNow(fixture)).toEqual([]);
  });

  test('a tag cannot be pointed at a manifest that is being deleted', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    await push(fixture, image);
    let outcome: unknown;
    fixture.at('artifact-deleting', async () => {
      outcome = await pointTag(fixture.facts, {
        ...fixture,
        tag: 'two',
        digest: image.digest,
        origin: ORIGIN,
      }).catch((error: unknown) => error);
    });
    await remove(image.digest);
    expect(outcome).toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect(await tagsNow(fixture)).toEqual([]);
  });

  test('a tag moved to another manifest while its old one is deleted stays', async () => {
    const [old, fresh] = [await imagePush(fixture, 'a', 'one'), await imagePush(fixture, 'b', 'one')];
    await push(fixture, old);
    fixture.at('artifact-deleting', () => push(fixture, fresh));
    await remove(old.digest);
    expect(await resolves('one')).toBe(fresh.digest);
    await expect(resolves(old.digest)).rejects.toMatchObject(unknown);
  });
});

describe('a crash', () => {
  test.each(['artifact-pending', 'artifact-checked'] as const)(
    'at %s leaves nothing visible; repair removes it, and a new push succeeds',
    async (step) => {
      const image = await imagePush(fixture, 'a', 'one');
      fixture.crashAt(step);
      await expect(push(fixture, image)).rejects.toThrow(Crash);
      await expect(resolves(image.digest)).rejects.toMatchObject(unknown);
      fixture.advance(3 * MINUTE_MS);
      expect(await repair(fixture.facts)).toBe(1);
      expect(await fixture.facts.artifacts.get(`${fixture.scope.imageId}@${image.digest}`)).toBeNull();
      await push(fixture, image);
      expect(await resolves('one')).toBe(image.digest);
    },
  );

  test('between pending and repair does not keep the client from pushing again', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    fixture.crashAt('artifact-checked');
    await expect(push(fixture, image)).rejects.toThrow(Crash);
    await push(fixture, image);
    expect(await resolves('one')).toBe(image.digest);
  });
});
