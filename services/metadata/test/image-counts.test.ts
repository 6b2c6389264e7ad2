import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { listArtifacts } from '../artifacts/list-artifacts.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { pointTag } from '../tags/point-tag.ts';
import { type Fixture, imagePush, indexPush, ORIGIN, openFixture, push, referrerPush } from './fixture.ts';

type Image = Awaited<ReturnType<typeof imagePush>>;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const remove = (digest: string) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN });
const untag = (tag: string) => deleteTag(fixture.facts, { scope: fixture.scope, tag, origin: ORIGIN });
const point = (tag: string, digest: string) =>
  pointTag(fixture.facts, { scope: fixture.scope, tag, digest, origin: ORIGIN });
const signatureTag = ({ digest }: Image) => `${digest.replace(':', '-')}.sig`;

async function pushed(content: string, tag?: string): Promise<Image> {
  const image = await imagePush(fixture, content, tag);
  await push(fixture, image);
  return image;
}

async function pushIndex(children: readonly Image[], tag?: string): Promise<Image> {
  const index = indexPush(fixture, children, tag);
  await push(fixture, index);
  return index;
}

async function counts() {
  const summary = await fixture.facts.imageSummaries.get(fixture.scope.imageId);
  return [summary?.artifactCount ?? 0, summary?.tagCount ?? 0];
}

/** What the lists show, which is looked up anew each time. */
async function listed() {
  const { items } = await listArtifacts(fixture.facts, {
    imageId: fixture.scope.imageId,
    untagged: false,
    attached: false,
    limit: 500,
  });
  const tags = await fixture.facts.tags.page({ index: 'id', limit: 500 });
  return [items.length, tags.items.filter(({ name }) => !name.startsWith('sha256-')).length];
}

describe('artifacts and tags of an image are counted', () => {
  test('once, however often they are pushed, tagged or not', async () => {
    const image = await pushed('a', 'one');
    await push(fixture, image);
    await push(fixture, { ...image, reference: 'two' });
    await pushed('b');
    expect(await counts()).toEqual([2, 2]);
    await remove(image.digest);
    expect(await counts()).toEqual([1, 0]);
  });

  test('an index for its children, until it goes', async () => {
    const children = [await pushed('a'), await pushed('b')];
    expect(await counts()).toEqual([2, 0]);
    const index = await pushIndex(children, 'multi');
    expect(await counts()).toEqual([1, 1]);
    await remove(index.digest);
    expect(await counts()).toEqual([2, 0]);
  });

  test('a child of two indexes not before both are gone', async () => {
    const [shared, own] = [await pushed('a'), await pushed('b')];
    const indexes = [await pushIndex([shared]), await pushIndex([shared, own])];
    expect(await counts()).toEqual([2, 0]);
    for (const [index, left] of [1, 2].entries()) {
      await remove(indexes[index]?.digest ?? '');
      expect(await counts()).toEqual([left, 0]);
    }
  });

  test('a child with a tag of its own, as long as it has it', async () => {
    const [child, other] = [await pushed('a', 'platform'), await pushed('b', 'other')];
    await pushIndex([child], 'multi');
    expect(await counts()).toEqual([3, 3]);
    await untag('platform');
    expect(await counts()).toEqual([2, 2]);
    await point('platform', child.digest);
    expect(await counts()).toEqual([3, 3]);
    await point('platform', other.digest);
    expect(await counts()).toEqual([2, 3]);
  });

  test('a child whose tag moves to its own index with the push of that', async () => {
    const child = await pushed('a', 'latest');
    await pushIndex([child, await pushed('b')], 'latest');
    expect(await counts()).toEqual([1, 1]);
  });

  test('a child that comes after its index is none', async () => {
    await fixture.dispose();
    fixture = await openFixture({ allowMissingChildren: true });
    const child = await imagePush(fixture, 'a');
    await pushIndex([child], 'multi');
    await push(fixture, child);
    expect(await counts()).toEqual([1, 1]);
  });

  test('neither what refers to another, nor the tags of signatures', async () => {
    const image = await pushed('a', 'one');
    await push(fixture, await referrerPush(fixture, image));
    const signature = await pushed('signature', signatureTag(image));
    expect(await counts()).toEqual([1, 1]);
    await point('plain', signature.digest);
    expect(await counts()).toEqual([2, 2]);
    await untag('plain');
    expect(await counts()).toEqual([1, 1]);
    await remove(signature.digest);
    expect(await counts()).toEqual([1, 1]);
  });

  test('without a commit of their own', async () => {
    const children = [await pushed('a'), await pushed('b')];
    const index = indexPush(fixture, children, 'multi');
    const { counters } = fixture.facts.store;
    const { documentWrites, durableCommits } = counters;
    await push(fixture, index);
    // Pending, live, tag, and the summary twice.
    expect(counters.documentWrites - documentWrites).toBe(5);
    expect(counters.durableCommits - durableCommits).toBeLessThanOrEqual(2);
  });
});

describe('counts agree with lists', () => {
  /** Numbers below `bound`, the same for each seed. */
  function numbers(seed: number): (bound: number) => number {
    let state = seed;
    return (bound) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
  }

  test.each([1, 2, 3, 4, 5, 6])('whatever is pushed, tagged and deleted (seed %i)', async (seed) => {
    const below = numbers(seed);
    const images = await Promise.all([...'abcd'].map((content) => imagePush(fixture, content)));
    const some = () => images[below(images.length)] as Image;
    const tags = ['t1', 't2', 't3', ...images.map(signatureTag)];
    const someTag = () => tags[below(tags.length)] ?? '';
    const actions: (() => Promise<unknown>)[] = [
      () => push(fixture, some()),
      () => push(fixture, { ...some(), tags: [someTag(), someTag()] }),
      () => push(fixture, { ...some(), reference: someTag() }),
      () => pushIndex([some(), some()], below(2) === 0 ? undefined : someTag()),
      async () => push(fixture, await referrerPush(fixture, some())),
      () => point(someTag(), some().digest),
      () => untag(someTag()),
      () => remove(some().digest),
      () => remove(indexPush(fixture, [some(), some()]).digest),
    ];
    const outcomes = new Set<string>();
    for (let n = 0; n < 120; n++) {
      await actions[below(actions.length)]?.().then(
        () => outcomes.add('done'),
        (error: { code?: string }) => outcomes.add(error.code ?? String(error)),
      );
      expect(await counts()).toEqual(await listed());
    }
    outcomes.delete('done');
    for (const code of outcomes) {
      expect(code).toMatch(
        /^(MANIFEST_UNKNOWN|MANIFEST_BLOB_UNKNOWN|ARTIFACT_NOT_FOUND|ARTIFACT_REFERENCED|TAG_NOT_FOUND)$/,
      );
    }
  });
});
