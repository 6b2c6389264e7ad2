import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { type FoundManifest, findManifest } from '../artifacts/find-manifest.ts';
import { tagId } from '../documents/ids.ts';
import { createTagPatrol } from '../maintenance/tag-patrol.ts';
import { pointTag } from '../tags/point-tag.ts';
import {
  Crash,
  eventTypes,
  type Fixture,
  imagePush,
  ORIGIN,
  openFixture,
  push,
  resolve,
  storedArtifact,
  storedEvents,
  tagsNow,
} from './fixture.ts';

let fixture: Fixture;
let image: Awaited<ReturnType<typeof imagePush>>;
beforeEach(async () => {
  fixture = await openFixture();
  image = await imagePush(fixture, 'a', 'one');
});
afterEach(() => fixture.dispose());

const remove = (digest = image.digest) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN });
const point = (tag: string, digest = image.digest) =>
  pointTag(fixture.facts, { scope: fixture.scope, tag, digest, origin: ORIGIN });
const unknown = { code: 'MANIFEST_UNKNOWN' };

/** Leaves the tag `two` at a manifest that is gone: its writer dies before it looks again. */
async function leaveDangling(): Promise<void> {
  await push(fixture, image);
  fixture.at('target-checked', () => remove());
  fixture.crashAt('tag-moved');
  await expect(point('two')).rejects.toThrow(Crash);
  expect(await storedArtifact(fixture, image.digest)).toBeNull();
  expect(await tagsNow(fixture)).toEqual(['two']);
}

/** Looks for the tag `one`, where the rest happens after the tag was read and before what it pointed at is. */
async function findAfterTagRead(rest: () => Promise<unknown>): Promise<() => Promise<FoundManifest>> {
  const { facts, scope } = fixture;
  const before = await facts.tagWithArtifact(tagId(scope.imageId, 'one'));
  if (before === null) throw new Error('there is no tag');
  await rest();
  let reads = 0;
  const tagWithArtifact = async (id: string) => {
    reads += 1;
    if (reads > 1) return await facts.tagWithArtifact(id);
    return { ...before, named: await facts.artifacts.get(before.document.artifactId) };
  };
  return () => findManifest({ ...facts, tagWithArtifact }, scope, 'one');
}

describe('a tag is read while it is moved', () => {
  test('and its old manifest deleted: the new one is found', async () => {
    const fresh = await imagePush(fixture, 'b', 'one');
    await push(fixture, image);
    const find = await findAfterTagRead(async () => {
      await push(fixture, fresh);
      await remove();
    });
    expect((await find()).artifact.digest).toBe(fresh.digest);
  });

  test('and it is deleted with its manifest: it is unknown', async () => {
    await push(fixture, image);
    const find = await findAfterTagRead(() => remove());
    await expect(find()).rejects.toMatchObject(unknown);
  });
});

describe('a tag that points at nothing', () => {
  beforeEach(leaveDangling);

  test('is unknown, and gone once somebody asked for it', async () => {
    await expect(resolve(fixture, 'two')).rejects.toMatchObject(unknown);
    expect(await tagsNow(fixture)).toEqual([]);
    expect((await storedEvents(fixture)).at(-1)).toMatchObject({
      type: 'berth.tag.deleted',
      data: { actor: { kind: 'service' } },
    });
  });

  test('is found by the patrol, whatever else there is, and leaves those that point at something', async () => {
    for (const name of ['b', 'c', 'd']) await push(fixture, await imagePush(fixture, name, name));
    const patrol = createTagPatrol(fixture.facts, { tagsAtOnce: 2 });
    expect([await patrol(), await patrol()]).toEqual([0, 1]);
    expect(await tagsNow(fixture)).toEqual(['b', 'c', 'd']);
    expect([await patrol(), await patrol()]).toEqual([0, 0]);
    expect(await tagsNow(fixture)).toEqual(['b', 'c', 'd']);
  });

  test.each(['tags-unneeded', 'tag-read'] as const)(
    'stays when its manifest is pushed again at %s of its removal',
    async (step) => {
      fixture.at(step, () => push(fixture, { ...image, reference: 'two' }));
      await resolve(fixture, 'two').catch(() => {});
      expect(await resolve(fixture, 'two')).toBe(image.digest);
    },
  );

  test('is removed though its registry is gone as well', async () => {
    await fixture.facts.registries.remove(fixture.scope.registry);
    expect(await createTagPatrol(fixture.facts)()).toBe(1);
    expect(await fixture.facts.tags.get(`${fixture.scope.imageId}:two`)).toBeNull();
  });
});

describe('a tag that is pointed', () => {
  test('at a manifest that goes away meanwhile is refused and leaves nothing', async () => {
    await push(fixture, image);
    fixture.at('target-checked', () => remove());
    await expect(point('two')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect(await tagsNow(fixture)).toEqual([]);
  });

  test('at a manifest that is deleted at once afterwards goes with it', async () => {
    await push(fixture, image);
    fixture.at('tag-moved', () => remove());
    await expect(point('two')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect(await tagsNow(fixture)).toEqual([]);
  });
});

describe('a push', () => {
  test.each(['artifact-live', 'tag-moved'] as const)(
    'that died at %s is there whole, with its tags',
    async (step) => {
      fixture.crashAt(step);
      await expect(push(fixture, { ...image, tags: ['two'] })).rejects.toThrow(Crash);
      expect(await resolve(fixture, 'one')).toBe(image.digest);
      expect(await tagsNow(fixture)).toEqual(['one', 'two']);
      const types = (await eventTypes(fixture)).slice(1);
      expect(types.sort()).toEqual(['artifact.pushed', 'artifact.pushed', 'tag.updated', 'tag.updated']);
    },
  );

  test('gets all its tags though another one is faster with each of them', async () => {
    const other = await imagePush(fixture, 'b', 'one');
    fixture.at('tags-planned', () => push(fixture, { ...other, tags: ['two'] }));
    await push(fixture, { ...image, tags: ['two'] });
    expect(await resolve(fixture, 'one')).toBe(image.digest);
    expect(await resolve(fixture, 'two')).toBe(image.digest);
  });

  test('whose manifest is deleted as fast as it is pushed gives up, and leaves no tag', async () => {
    let deletions = 0;
    const again = async () => {
      deletions++;
      await remove();
      fixture.at('tag-moved', again);
    };
    fixture.at('tag-moved', again);
    await expect(push(fixture, image)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(deletions).toBe(5);
    expect(await tagsNow(fixture)).toEqual([]);
  });
});

describe('the deletion of a manifest with many tags', () => {
  const names = Array.from({ length: 250 }, (_, n) => `t${n}`);
  beforeEach(async () => {
    await push(fixture, image);
    for (let start = 0; start < names.length; start += 50) {
      await push(fixture, { ...image, tags: names.slice(start, start + 50) });
    }
  });

  test('costs a commit for each hundred of them', async () => {
    const before = fixture.facts.store.counters.durableCommits;
    await remove();
    // The mark, 251 tags, the manifest.
    expect(fixture.facts.store.counters.durableCommits - before).toBe(1 + 3 + 1);
    expect(await tagsNow(fixture)).toEqual([]);
    const deleted = (await eventTypes(fixture)).filter((type) => type === 'tag.deleted');
    expect(deleted).toHaveLength(251);
  });

  test('leaves those that are moved meanwhile', async () => {
    const other = await imagePush(fixture, 'b', 't7');
    fixture.at('tags-unneeded', () => push(fixture, { ...other, tags: ['t8'] }));
    await remove();
    expect(await tagsNow(fixture)).toEqual(['t7', 't8']);
    expect(await resolve(fixture, 't8')).toBe(other.digest);
  });
});
