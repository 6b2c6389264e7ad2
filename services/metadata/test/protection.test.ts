import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteArtifact } from '../artifacts/delete-artifact.ts';
import { findManifest } from '../artifacts/find-manifest.ts';
import { deleteImage } from '../images/delete-image.ts';
import { createPolicy } from '../protection/create-policy.ts';
import { assertArtifactUnprotected } from '../protection/guard-artifact.ts';
import { assertImageUnprotected, assertRegistryUnprotected } from '../protection/guard-image.ts';
import { assertTagDeletable } from '../protection/guard-tag.ts';
import { beginRegistryDeletion, finishRegistryDeletion } from '../registries/delete-registry.ts';
import { deleteTag } from '../tags/delete-tag.ts';
import { listTags } from '../tags/list-tags.ts';
import { pointTag } from '../tags/point-tag.ts';
import { type Fixture, imagePush, indexPush, ORIGIN, openFixture, push, referrerPush } from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const resolves = async (reference: string) =>
  (await findManifest(fixture.facts, fixture.scope, reference)).artifact.digest;
const tagsNow = async () => (await listTags(fixture.facts, fixture.scope, { limit: 100 })).tags;
const removeArtifact = (digest: string) =>
  deleteArtifact(fixture.facts, { scope: fixture.scope, digest, origin: ORIGIN });
const removeTag = (tag: string) => deleteTag(fixture.facts, { scope: fixture.scope, tag, origin: ORIGIN });
const point = (tag: string, digest: string) =>
  pointTag(fixture.facts, { scope: fixture.scope, tag, digest, origin: ORIGIN });
const removeImage = () => deleteImage(fixture.facts, { scope: fixture.scope, origin: ORIGIN });
const removeRegistry = (force: boolean) =>
  beginRegistryDeletion(fixture.facts, fixture.scope.registry, { origin: ORIGIN, force });
const protect = (tags: string[], more: { name?: string; images?: string[]; enabled?: boolean } = {}) =>
  createPolicy(fixture.facts, {
    registry: fixture.scope.registry,
    settings: {
      name: more.name ?? 'releases',
      images: { match: more.images ?? ['**'] },
      tags: { match: tags },
      enabled: more.enabled ?? true,
    },
    origin: ORIGIN,
  });
const refused = (...tags: string[]) => ({
  code: 'PROTECTED',
  message: expect.stringContaining('policy "releases" protects tag "'),
  detail: { policy: 'releases', tags },
});

async function released() {
  const image = await imagePush(fixture, 'a', 'v1');
  await push(fixture, image);
  const other = await imagePush(fixture, 'b');
  await push(fixture, other);
  return { image, other };
}

describe('a protected tag', () => {
  test('is not moved by a push, neither as reference nor as ?tag=, and nothing of the push is left', async () => {
    const { image } = await released();
    await protect(['v*']);
    const next = await imagePush(fixture, 'c', 'v1');
    await expect(push(fixture, next)).rejects.toMatchObject(refused('v1'));
    await expect(
      push(fixture, { ...next, reference: next.digest, tags: ['fresh', 'v1'] }),
    ).rejects.toMatchObject(refused('v1'));
    expect(await tagsNow()).toEqual(['v1']);
    expect(await resolves('v1')).toBe(image.digest);
    expect(await fixture.facts.artifacts.get(`${fixture.scope.imageId}@${next.digest}`)).toBeNull();
  });

  test('takes the digest that it has already', async () => {
    const { image } = await released();
    await protect(['v*']);
    await push(fixture, image);
    await point('v1', image.digest);
    expect(await resolves('v1')).toBe(image.digest);
  });

  test('is made by whoever is first', async () => {
    await protect(['v*']);
    await push(fixture, await imagePush(fixture, 'a', 'v1'));
    expect(await tagsNow()).toEqual(['v1']);
  });

  test('is made once by eight pushers of different images', async () => {
    await protect(['v*']);
    const images = await Promise.all([...'abcdefgh'].map((name) => imagePush(fixture, name, 'v1')));
    const results = await Promise.allSettled(images.map((image) => push(fixture, image)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(await resolves('v1')).toBe(images[winner]?.digest);
  });

  test('is neither moved nor deleted through the management API', async () => {
    const { image, other } = await released();
    await protect(['v*']);
    await expect(point('v1', other.digest)).rejects.toMatchObject(refused('v1'));
    await expect(removeTag('v1')).rejects.toMatchObject(refused('v1'));
    expect(await resolves('v1')).toBe(image.digest);
  });

  test('keeps its artifact, its image and its registry, forced or not', async () => {
    const { image, other } = await released();
    await protect(['v*']);
    await expect(removeArtifact(image.digest)).rejects.toMatchObject(refused('v1'));
    await expect(removeImage()).rejects.toMatchObject(refused('v1'));
    await expect(removeRegistry(true)).rejects.toMatchObject(refused('web:v1'));
    await expect(removeRegistry(false)).rejects.toMatchObject(refused('web:v1'));
    const { id } = fixture.scope.registry;
    expect(await fixture.facts.registries.get(id)).toMatchObject({ state: 'active' });
    await removeArtifact(other.digest);
    expect(await tagsNow()).toEqual(['v1']);
  });

  test.each([
    ['disabled', { enabled: false }],
    ['of other images', { images: ['api'] }],
  ])('is free under a policy that is %s', async (_, more) => {
    const { image, other } = await released();
    await protect(['v*'], more);
    await point('v1', other.digest);
    await removeTag('v1');
    await removeArtifact(image.digest);
    await removeImage();
    await finishRegistryDeletion(fixture.facts, await removeRegistry(true));
    const { items } = await fixture.facts.protectionPolicies.page({ index: 'id', limit: 10 });
    expect(items).toEqual([]);
  });

  test('is listed with the others, the first hundred of them', async () => {
    const { image } = await released();
    for (let count = 0; count < 120; count++) await point(`r${1_000 + count}`, image.digest);
    await protect(['r*'], { name: 'releases' });
    const error = await removeArtifact(image.digest).catch((thrown: unknown) => thrown);
    const { tags } = (error as { detail: { tags: string[] } }).detail;
    expect(tags).toHaveLength(100);
    expect(tags).toEqual(Array.from({ length: 100 }, (__, count) => `r${1_000 + count}`));
    expect((error as Error).message).toContain('and at least 99 more');
  });
});

describe('what belongs to a protected artifact', () => {
  test('its children, their children, and what refers to any of them are kept; more may be added', async () => {
    const child = await imagePush(fixture, 'child');
    const inner = indexPush(fixture, [child]);
    const outer = indexPush(fixture, [inner], 'v1');
    for (const one of [child, inner, outer]) await push(fixture, one);
    await protect(['v*']);
    const signature = await referrerPush(fixture, child);
    const attestation = await referrerPush(fixture, signature);
    await push(fixture, signature);
    await push(fixture, attestation);
    for (const { digest } of [attestation, signature, child, inner, outer])
      await expect(removeArtifact(digest)).rejects.toMatchObject(refused('v1'));
  });

  test('signatures by tag may be added, not deleted, neither by digest nor by tag', async () => {
    const { image, other } = await released();
    await protect(['v*']);
    const signatureTag = `${image.digest.replace(':', '-')}.sig`;
    await point(signatureTag, other.digest);
    await expect(removeArtifact(other.digest)).rejects.toMatchObject(refused('v1'));
    await expect(removeTag(signatureTag)).rejects.toMatchObject(refused('v1'));
    const second = await imagePush(fixture, 'second signature', signatureTag);
    await push(fixture, second);
    expect(await resolves(signatureTag)).toBe(second.digest);
  });

  test('a referrer of an artifact that is not protected goes', async () => {
    const { other } = await released();
    await protect(['v*']);
    const signature = await referrerPush(fixture, other);
    await push(fixture, signature);
    await removeArtifact(signature.digest);
    await removeArtifact(other.digest);
    expect(await tagsNow()).toEqual(['v1']);
  });
});

describe('when the guard cannot decide', () => {
  test('a policy that cannot be read keeps everything', async () => {
    const { image, other } = await released();
    const { protectionPolicies } = fixture.facts;
    const unreadable = new Error('the page is not readable');
    protectionPolicies.page = async () => {
      throw unreadable;
    };
    for (const attempt of [
      () => removeTag('v1'),
      () => point('v1', other.digest),
      () => removeArtifact(image.digest),
      () => removeImage(),
      () => removeRegistry(true),
      async () => push(fixture, await imagePush(fixture, 'c', 'v1')),
    ])
      await expect(attempt()).rejects.toBe(unreadable);
    expect(await resolves('v1')).toBe(image.digest);
  });
});

describe('the cost of the guard', () => {
  test.each([
    ['a new image', 'new', 'fresh', 0],
    ['what is there already', 'a', 'v1', 0],
    ['a digest alone', 'new', undefined, 0],
    ['a tag that moves', 'new', 'v1', 1],
  ])('a push of %s reads policies as often as a tag moves', async (_, content, tag, expected) => {
    await released();
    const request = await imagePush(fixture, content, tag);
    const reads = countReads();
    await push(fixture, request);
    expect(reads()).toBe(expected);
  });

  test.each([
    ['no policy', undefined],
    ['a disabled one', { enabled: false }],
    ['one of other images', { images: ['api'] }],
  ])('with %s, deletions of tags, artifacts and images read policies alone', async (_, more) => {
    const { image } = await released();
    if (more) await protect(['v*'], more);
    const unread = new Proxy({}, { get: () => () => Promise.reject(new Error('this need not be read')) });
    const facts = { ...fixture.facts, tags: unread, artifacts: unread } as Fixture['facts'];
    await assertTagDeletable(facts, fixture.scope, `${image.digest.replace(':', '-')}.sig`);
    await assertArtifactUnprotected(facts, fixture.scope, image.digest);
    await assertImageUnprotected(facts, fixture.scope);
    await assertRegistryUnprotected(facts, fixture.scope.registry);
  });

  function countReads(): () => number {
    const { protectionPolicies } = fixture.facts;
    const page = protectionPolicies.page.bind(protectionPolicies);
    let count = 0;
    protectionPolicies.page = async (query) => {
      count++;
      return await page(query);
    };
    return () => count;
  }
});
