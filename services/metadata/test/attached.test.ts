import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { ATTACHED_AT_ONCE } from '../artifacts/delete-attached.ts';
import { repair } from '../maintenance/repair.ts';
import { pointTag } from '../tags/point-tag.ts';
import {
  Crash,
  type Fixture,
  imagePush,
  indexPush,
  MINUTE_MS,
  ORIGIN,
  openFixture,
  push,
  referrerPush,
  storedEvents,
} from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

type Pushed = Awaited<ReturnType<typeof imagePush>>;

const stored = async ({ digest }: Pushed) =>
  (await fixture.facts.artifacts.get(`${fixture.scope.imageId}@${digest}`))?.state ?? 'gone';
const states = async (...all: Pushed[]) => await Promise.all(all.map(stored));
const remove = ({ digest }: Pushed, withAttached = true) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN, withAttached });
const point = (tag: string, { digest }: Pushed) =>
  pointTag(fixture.facts, { scope: fixture.scope, tag, digest, origin: ORIGIN });
const signatureTag = ({ digest }: Pushed) => `${digest.replace(':', '-')}.sig`;

const countOfArtifacts = async () =>
  (await fixture.facts.imageSummaries.get(fixture.scope.imageId))?.artifactCount ?? 0;

async function pushAll(...all: Pushed[]) {
  for (const one of all) await push(fixture, one);
}

describe('what is attached goes with its owner', () => {
  test('children, referrers, referrers of those, and signatures by tag', async () => {
    const [amd, arm] = [await imagePush(fixture, 'amd'), await imagePush(fixture, 'arm')];
    const index = indexPush(fixture, [amd, arm], 'multi');
    const sbom = await referrerPush(fixture, index, { content: 'sbom' });
    const attestation = await referrerPush(fixture, amd, { content: 'attestation' });
    const signature = await imagePush(fixture, 'signature');
    await pushAll(amd, arm, index, sbom, attestation, signature);
    await point(signatureTag(index), signature);
    await remove(index);
    expect(await states(index, amd, arm, sbom, attestation, signature)).toEqual(Array(6).fill('gone'));
    expect((await fixture.facts.tags.page({ index: 'id', limit: 10 })).items).toEqual([]);
    expect(await countOfArtifacts()).toBe(0);
  });

  test('its events say so, and the one of the owner does not', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    const sbom = await referrerPush(fixture, image);
    await pushAll(image, sbom);
    await remove(image);
    const events = (await storedEvents(fixture)).map(({ type, data }) => [
      type.replace('berth.', ''),
      (data as { attached?: boolean }).attached ?? false,
    ]);
    expect(events).toContainEqual(['artifact.pushed', true]);
    expect(events.slice(-2)).toEqual([
      ['artifact.deleted', true],
      ['artifact.deleted', false],
    ]);
  });

  test('unless nobody asks for it: on /v2 each is deleted by itself', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    const index = indexPush(fixture, [image], 'multi');
    const sbom = await referrerPush(fixture, index);
    await pushAll(image, index, sbom);
    await remove(index, false);
    expect(await states(index, image, sbom)).toEqual(['gone', 'live', 'live']);
  });
});

describe('what something else keeps stays', () => {
  test.each([
    ['a tag of its own', async (child: Pushed) => void (await point('mine', child))],
    ['another index', async (child: Pushed) => await push(fixture, indexPush(fixture, [child], 'other'))],
  ])('a child: %s', async (_, keep) => {
    const child = await imagePush(fixture, 'child');
    const more = await imagePush(fixture, 'more');
    const index = indexPush(fixture, [child, more], 'multi');
    await pushAll(child, more, index);
    await keep(child);
    await remove(index);
    expect(await states(index, child, more)).toEqual(['gone', 'live', 'gone']);
  });

  test('a referrer that has a tag of its own, and one that is a child of another index', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    const [tagged, held] = [
      await referrerPush(fixture, image, { content: '1' }),
      await referrerPush(fixture, image, { content: '2' }),
    ];
    await pushAll(image, tagged, held, indexPush(fixture, [held], 'holder'));
    await point('mine', tagged);
    await remove(image);
    expect(await states(image, tagged, held)).toEqual(['gone', 'live', 'live']);
  });

  test('a child that refers to another artifact, as long as that is there', async () => {
    const subject = await imagePush(fixture, 'subject', 'kept');
    const child = await referrerPush(fixture, subject);
    const index = indexPush(fixture, [child], 'multi');
    await pushAll(subject, child, index);
    await remove(index);
    expect(await states(index, child)).toEqual(['gone', 'live']);
    await remove(subject);
    expect(await states(subject, child)).toEqual(['gone', 'gone']);
  });

  test('a signature that also signs another artifact', async () => {
    const [one, two] = [await imagePush(fixture, 'a', 'one'), await imagePush(fixture, 'b', 'two')];
    const signature = await imagePush(fixture, 'signature');
    await pushAll(one, two, signature);
    await point(signatureTag(one), signature);
    await point(signatureTag(two), signature);
    await remove(one);
    expect(await states(signature)).toEqual(['live']);
  });

  test('a child that is tagged between its guard and deleting', async () => {
    const child = await imagePush(fixture, 'child');
    const index = indexPush(fixture, [child], 'multi');
    await pushAll(child, index);
    fixture.at('artifact-untagged', async () =>
      fixture.at('artifact-guarded', async () => await point('mine', child)),
    );
    await remove(index);
    expect(await states(index, child)).toEqual(['gone', 'live']);
  });

  test('everything that is left, once somebody pushes the owner again', async () => {
    const child = await imagePush(fixture, 'child');
    const index = indexPush(fixture, [child], 'multi');
    const sbom = await referrerPush(fixture, index);
    await pushAll(child, index, sbom);
    fixture.at('artifact-untagged', () => push(fixture, index));
    await remove(index);
    expect(await states(index, child, sbom)).toEqual(['live', 'live', 'live']);
  });
});

describe('a deletion with very much attached', () => {
  test('hides the owner at once, deletes a bounded number, and repair ends it', async () => {
    const image = await imagePush(fixture, 'a', 'one');
    const referrers: Pushed[] = [];
    for (let count = 0; count < ATTACHED_AT_ONCE + 20; count++)
      referrers.push(await referrerPush(fixture, image, { content: `${count}` }));
    await pushAll(image, ...referrers);
    await remove(image);
    const left = (await states(...referrers)).filter((state) => state === 'live');
    expect(left).toHaveLength(20);
    expect(await states(image)).toEqual(['deleting']);
    fixture.advance(3 * MINUTE_MS);
    await repair(fixture.facts);
    expect(new Set(await states(image, ...referrers))).toEqual(new Set(['gone']));
  });

  test.each(['artifact-untagged', 'attached-deleted'] as const)(
    'that dies at %s is ended by repair',
    async (step) => {
      const child = await imagePush(fixture, 'child');
      const index = indexPush(fixture, [child], 'multi');
      await pushAll(child, index);
      fixture.crashAt(step);
      await expect(remove(index)).rejects.toThrow(Crash);
      fixture.advance(3 * MINUTE_MS);
      await repair(fixture.facts);
      expect(await states(index, child)).toEqual(['gone', 'gone']);
    },
  );

  test('once decided is not taken back for an index that came later: children may be gone', async () => {
    const lenient = await openFixture({ allowMissingChildren: true });
    const child = await imagePush(lenient, 'child');
    const index = indexPush(lenient, [child], 'multi');
    for (const one of [child, index]) await push(lenient, one);
    lenient.at('artifact-untagged', async () => lenient.crashAt('attached-deleted'));
    const { facts, scope } = lenient;
    const deletion = deleteArtifact(facts, {
      scope,
      digest: index.digest,
      origin: ORIGIN,
      withAttached: true,
    });
    await expect(deletion).rejects.toThrow(Crash);
    await push(lenient, indexPush(lenient, [index], 'late'));
    lenient.advance(3 * MINUTE_MS);
    await repair(facts);
    for (const { digest } of [child, index])
      expect(await facts.artifacts.get(`${scope.imageId}@${digest}`)).toBeNull();
    await lenient.dispose();
  });

  test('whose child died after deleting asks once more what keeps that child', async () => {
    const child = await imagePush(fixture, 'child');
    const index = indexPush(fixture, [child], 'multi');
    await pushAll(child, index);
    fixture.at('artifact-untagged', async () =>
      fixture.at('artifact-guarded', async () => {
        await point('mine', child);
        fixture.crashAt('artifact-deleting');
      }),
    );
    await expect(remove(index)).rejects.toThrow(Crash);
    fixture.advance(3 * MINUTE_MS);
    await repair(fixture.facts);
    expect(await states(child)).toEqual(['live']);
    await repair(fixture.facts);
    expect(await states(index)).toEqual(['gone']);
  });
});
